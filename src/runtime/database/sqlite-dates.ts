import { dateToTimestamp, FIRST_SECOND, formatTimestamp } from '../../model/index.js';
import { InstantText } from '../encode/instant-text.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import type { ComparisonOptions, SqlOperator, StoredValue } from './sql-dialect.js';

/*
 * SQLite has no dates: a DateTime column holds what some program stored, and SQLite compares by storage class, then by bytes. Prisma 7 writes
 * `2024-01-31T10:20:30.123+00:00`, Prisma up to 6 writes milliseconds as an integer, `toISOString` writes a Z at the end, and
 * `CURRENT_TIMESTAMP`, Prisma's default for `now()`, writes `2024-01-31 10:20:30`. One column may hold all of them.
 */

/** A form in which dates are stored. */
export type DateForm = 'offset' | 'zulu' | 'space' | 'milliseconds';

export const DATE_FORMS: readonly DateForm[] = ['offset', 'zulu', 'space', 'milliseconds'];

/** A date in a form in which a column holds it; numbers have whole milliseconds. */
export function storedDate(date: Date, form: DateForm): StoredValue {
  const text = formatTimestamp(date);
  switch (form) {
    case 'offset':
      return text.replace('Z', '+00:00');
    case 'zulu':
      return text;
    case 'space':
      return text.replace('T', ' ').replace(/(\.000)?Z$/, '');
    case 'milliseconds':
      return BigInt(date.getTime());
  }
}

/** SQL that returns the form of each date of a column, and `other` for anything else. */
export function formSql(column: string): string {
  const textForms = [
    [OFFSET_LENGTH, 'T', '+00:00', 'offset'],
    [24, 'T', 'Z', 'zulu'],
    [19, ' ', '', 'space'],
  ] as const;
  const cases = textForms.map(([length, separator, end, form]) => {
    const ends = end === '' ? '' : ` AND substr(${column}, -${end.length}) = '${end}'`;
    return `WHEN length(${column}) = ${length} AND substr(${column}, 11, 1) = '${separator}'${ends} THEN '${form}'`;
  });
  return `CASE WHEN typeof(${column}) = 'integer' THEN 'milliseconds' ${cases.join(' ')} ELSE 'other' END`;
}

/** SQL that rewrites a column of several forms in the form that Prisma 7 writes. */
export function oneFormUpdate(table: string, column: string): string {
  const milliseconds = `strftime('%Y-%m-%dT%H:%M:%f', ${column} / 1000.0, 'unixepoch')`;
  const text = `strftime('%Y-%m-%dT%H:%M:%f', ${column})`;
  return `UPDATE ${table} SET ${column} = CASE typeof(${column}) WHEN 'integer' THEN ${milliseconds} ELSE ${text} END || '+00:00' WHERE ${column} IS NOT NULL`;
}

/** The SQL function that reads a date of any form. */
export const INSTANT_FUNCTION = 'grpc_stream_instant';

const instant = new InstantText();

/**
 * The work of {@link INSTANT_FUNCTION}: returns a text that sorts as the dates do, whatever their form.
 *
 * @throws UnreadableValue for a value that is not a date: a condition on it has no answer.
 */
export function instantKey(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === 'bigint') return keyOf(dateToTimestamp(new Date(Number(value))));
  if (typeof value === 'string' && instant.read(value)) {
    return keyOf({ seconds: BigInt(instant.seconds), nanos: instant.nanos });
  }
  throw new UnreadableValue('a DateTime column that is filtered by holds a value that is not a date');
}

function keyOf({ seconds, nanos }: { readonly seconds: bigint; readonly nanos: number }): string {
  const sinceYearOne = String(seconds - BigInt(FIRST_SECOND)).padStart(12, '0');
  return sinceYearOne + String(nanos).padStart(9, '0');
}

/**
 * A condition on a DateTime column that is right in every form. The form that Prisma 7 writes and integers are compared as they are; other
 * forms are compared through a function.
 */
export function dateComparison({ column, operator, value, parameter }: ComparisonOptions): string {
  const date = value as Date;
  const [compareWhole, whole] = wholeMilliseconds(operator, date);
  const milliseconds =
    compareWhole === undefined ? '0' : `${column} ${compareWhole} ${parameter(BigInt(whole.getTime()))}`;
  const offset =
    compareWhole === undefined ? '0' : `${column} ${compareWhole} ${parameter(storedDate(whole, 'offset'))}`;
  const any = `${INSTANT_FUNCTION}(${column}) ${operator} ${parameter(instantKeyOf(date))}`;
  return `CASE WHEN typeof(${column}) = 'integer' THEN ${milliseconds} WHEN length(${column}) = ${OFFSET_LENGTH} AND substr(${column}, 24) = '+00:00' THEN ${offset} ELSE ${any} END`;
}

const OFFSET_LENGTH = '2024-01-31T10:20:30.123+00:00'.length;

function instantKeyOf(date: Date): string {
  return keyOf(dateToTimestamp(date));
}

/** The same condition on whole milliseconds; without an operator where no milliseconds can meet it. */
function wholeMilliseconds(operator: SqlOperator, date: Date): [operator: SqlOperator | undefined, whole: Date] {
  const whole = new Date(date.getTime());
  if (dateToTimestamp(date).nanos % 1_000_000 === 0) return [operator, whole];
  if (operator === '=') return [undefined, whole];
  return [operator === '>' || operator === '>=' ? '>' : '<=', whole];
}
