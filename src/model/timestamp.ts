/** A point in time as `google.protobuf.Timestamp` has it: nanoseconds count forward, also before 1970. */
export interface Timestamp {
  readonly seconds: bigint;
  /** From 0 to 999,999,999. */
  readonly nanos: number;
}

/** The years that a `google.protobuf.Timestamp` can name: 1 to 9999. */
export const FIRST_SECOND = -62_135_596_800;
export const LAST_SECOND = 253_402_300_799;

const NANOS_PER_SECOND = 1_000_000_000;
const NANOS_PER_MILLISECOND = 1_000_000;

/** What a Date cannot hold: the nanoseconds below its millisecond. `milliseconds` tells whether the Date was changed since. */
interface FinerPart {
  readonly milliseconds: number;
  readonly nanos: number;
}

/** Dates cross copies of this module: a project's code and the command line may each have loaded one. */
const FINER_PART = Symbol.for('grpc-stream.nanoseconds');

/**
 * A Date that remembers what is finer than its milliseconds: {@link dateToTimestamp} gives every digit back. To everybody else it is a
 * Date like any other; a copy, such as `new Date(date)`, has milliseconds only.
 */
export function timestampToDate({ seconds, nanos }: Timestamp): Date {
  const milliseconds = Number(seconds) * 1000 + Math.floor(nanos / NANOS_PER_MILLISECOND);
  const date = new Date(milliseconds);
  const finer = nanos % NANOS_PER_MILLISECOND;
  if (finer !== 0) {
    const value: FinerPart = { milliseconds, nanos: finer };
    Object.defineProperty(date, FINER_PART, { value });
  }
  return date;
}

/** The timestamp of a Date, with the digits that {@link timestampToDate} attached to it. */
export function dateToTimestamp(date: Date): Timestamp {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) throw new RangeError('an invalid Date is no time');
  const seconds = Math.floor(milliseconds / 1000);
  const nanos = (milliseconds - seconds * 1000) * NANOS_PER_MILLISECOND + finerNanosOf(date);
  return { seconds: BigInt(seconds), nanos };
}

/**
 * The timestamp of a Date, for messages.
 *
 * @throws RangeError for a date that no Timestamp can name.
 */
export function timestampOf(date: Date): Timestamp {
  return checked(dateToTimestamp(date));
}

/**
 * The Date of a message's timestamp: it remembers what is finer than a millisecond.
 *
 * @throws RangeError for seconds or nanos that no Timestamp may have.
 */
export function dateOf(timestamp: Timestamp): Date {
  return timestampToDate(checked(timestamp));
}

function checked(timestamp: Timestamp): Timestamp {
  const { seconds, nanos } = timestamp;
  const isTime = seconds >= FIRST_SECOND && seconds <= LAST_SECOND && nanos >= 0 && nanos < NANOS_PER_SECOND;
  if (isTime) return timestamp;
  throw new RangeError(`no Timestamp from the year 1 to 9999 has ${seconds} seconds and ${nanos} nanos`);
}

function finerNanosOf(date: Date): number {
  const finer: Partial<FinerPart> | undefined = Reflect.get(date, FINER_PART);
  return finer?.milliseconds === date.getTime() ? (finer.nanos ?? 0) : 0;
}

/** Nanoseconds since 1970. */
export function nanosecondsOf(date: Date): bigint {
  const { seconds, nanos } = dateToTimestamp(date);
  return seconds * BigInt(NANOS_PER_SECOND) + BigInt(nanos);
}

/** The inverse of {@link nanosecondsOf}. */
export function dateOfNanoseconds(nanoseconds: bigint): Date {
  const perSecond = BigInt(NANOS_PER_SECOND);
  const rest = ((nanoseconds % perSecond) + perSecond) % perSecond;
  return timestampToDate({ seconds: (nanoseconds - rest) / perSecond, nanos: Number(rest) });
}

/** RFC 3339 in UTC, as protobuf's JSON writes a Timestamp: with 3 digits behind the second, or as many as it takes. */
export function formatTimestamp(date: Date): string {
  const finer = finerNanosOf(date);
  const text = date.toISOString();
  if (finer === 0) return text;
  const digits = String(finer).padStart(6, '0').replace(/000$/, '');
  return text.replace('Z', `${digits}Z`);
}

const RFC_3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?(Z|[+-]\d{2}:\d{2})$/;

/** Reads RFC 3339 with up to nine digits behind the second; undefined for anything else. */
export function parseTimestamp(text: string): Date | undefined {
  const match = RFC_3339.exec(text);
  if (!match) return undefined;
  const [, stamp = '', fraction = '', zone = ''] = match;
  const milliseconds = Date.parse(`${stamp}${zone}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return timestampToDate({ seconds: BigInt(milliseconds / 1000), nanos: Number(fraction.padEnd(9, '0')) });
}
