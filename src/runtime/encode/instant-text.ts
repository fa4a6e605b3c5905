/**
 * Reads dates and times as databases write them: `2024-01-31`, `2024-01-31 10:20:30.123456`, `2024-01-31T10:20:30Z`, `2024-01-31
 * 10:20:30+05:30`, `10:20:30` (of the first day of 1970). A time without a zone is in UTC. Every character is checked, and no digit is lost:
 * nine digits after the second are kept, and more are refused unless they are zeros.
 *
 * One object reads one value after another and holds the last: nothing is allocated for a row.
 */
export class InstantText {
  /** Seconds since 1970, rounded down. */
  seconds = 0;
  /** From 0 to 999,999,999; they count forward, also before 1970. */
  nanos = 0;
  private text = '';
  private at = 0;

  /** False for anything that is not a date or a time. */
  read(text: string): boolean {
    return this.readUsual(text) || this.readAny(text);
  }

  /**
   * `2024-01-31T10:20:30.123+00:00` and `2024-01-31 10:20:30.123456`, as Prisma and MySQL write a day and a time in UTC, with at most nine
   * digits after the second: the same as below, without a position that moves.
   */
  private readUsual(text: string): boolean {
    const separator = text.charCodeAt(10);
    if (separator !== UPPER_T && separator !== SPACE) return false;
    if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return false;
    if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return false;
    const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
    const month = twoDigits(text, 5);
    const day = twoDigits(text, 8);
    const hours = twoDigits(text, 11);
    const minutes = twoDigits(text, 14);
    const seconds = twoDigits(text, 17);
    const isDate = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(month, year);
    const isTime = hours < 24 && minutes < 60 && seconds < 60;
    if (!isDate || !isTime) return false;
    const end = text.charCodeAt(19) === DOT ? endOfDigits(text, 20) : 19;
    if (end === 20 || end > 29 || !isUtcFrom(text, end)) return false;
    this.seconds = daysSince1970(year, month, day) * 86_400 + hours * 3600 + minutes * 60 + seconds;
    this.nanos = nanosOf(text, 20, end);
    return true;
  }

  private readAny(text: string): boolean {
    this.text = text;
    this.at = 0;
    this.nanos = 0;
    if (text.charCodeAt(2) === COLON) {
      this.seconds = 0;
      return this.readTime() && this.at === text.length;
    }
    if (!this.readDate()) return false;
    if (this.at === text.length) return true;
    const separator = text.charCodeAt(this.at++);
    if (separator !== SPACE && separator !== UPPER_T) return false;
    return this.readTime() && this.readZone() && this.at === text.length;
  }

  private readDate(): boolean {
    const year = this.readNumber(4);
    if (year < 1 || !this.skip(DASH)) return false;
    const month = this.readNumber(2);
    if (month < 1 || month > 12 || !this.skip(DASH)) return false;
    const day = this.readNumber(2);
    if (day < 1 || day > daysIn(month, year)) return false;
    this.seconds = daysSince1970(year, month, day) * 86_400;
    return true;
  }

  private readTime(): boolean {
    const hours = this.readNumber(2);
    if (hours < 0 || hours > 23 || !this.skip(COLON)) return false;
    const minutes = this.readNumber(2);
    if (minutes < 0 || minutes > 59) return false;
    let seconds = 0;
    if (this.skip(COLON)) {
      seconds = this.readNumber(2);
      if (seconds < 0 || seconds > 59) return false;
      if (this.skip(DOT) && !this.readFraction()) return false;
    }
    this.seconds += hours * 3600 + minutes * 60 + seconds;
    return true;
  }

  private readFraction(): boolean {
    let unit = 100_000_000;
    const start = this.at;
    for (let digit = this.digit(); digit >= 0; digit = this.digit()) {
      if (unit < 1 && digit !== 0) return false;
      this.nanos += digit * Math.floor(unit);
      unit /= 10;
      this.at++;
    }
    return this.at > start;
  }

  private readZone(): boolean {
    if (this.at === this.text.length) return true;
    const sign = this.text.charCodeAt(this.at++);
    if (sign === UPPER_Z) return true;
    if (sign !== PLUS && sign !== DASH) return false;
    const hours = this.readNumber(2);
    if (hours < 0) return false;
    this.skip(COLON);
    const minutes = this.at === this.text.length ? 0 : this.readNumber(2);
    if (minutes < 0) return false;
    const offset = hours * 3600 + minutes * 60;
    this.seconds += sign === PLUS ? -offset : offset;
    return true;
  }

  /** A number of digits as a number; negative when there are fewer digits. */
  private readNumber(digits: number): number {
    let value = 0;
    for (let count = 0; count < digits; count++) {
      const digit = this.digit();
      if (digit < 0) return -1;
      value = value * 10 + digit;
      this.at++;
    }
    return value;
  }

  private digit(): number {
    const digit = this.text.charCodeAt(this.at) - ZERO;
    return digit >= 0 && digit <= 9 ? digit : -1;
  }

  private skip(character: number): boolean {
    if (this.text.charCodeAt(this.at) !== character) return false;
    this.at++;
    return true;
  }
}

const [ZERO, COLON, DASH, PLUS, DOT, SPACE, UPPER_T, UPPER_Z] = [48, 58, 45, 43, 46, 32, 84, 90] as const;

/** NaN for anything else. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) >= ZERO && text.charCodeAt(at) < COLON) at++;
  return at;
}

/** A text without a zone is in UTC. */
function isUtcFrom(text: string, at: number): boolean {
  if (at === text.length) return true;
  return text.charCodeAt(at) === UPPER_Z ? at + 1 === text.length : at + 6 === text.length && text.endsWith('+00:00');
}

/** Of digits after the second: at most nine. */
function nanosOf(text: string, start: number, end: number): number {
  let nanos = 0;
  let unit = 100_000_000;
  for (let at = start; at < end; at++, unit /= 10) nanos += (text.charCodeAt(at) - ZERO) * unit;
  return nanos;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysIn(month: number, year: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}

/**
 * Days from 1970-01-01 in the Gregorian calendar, by counting from March so that the leap day is the last of its year.
 *
 * @see https://howardhinnant.github.io/date_algorithms.html#days_from_civil
 */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
