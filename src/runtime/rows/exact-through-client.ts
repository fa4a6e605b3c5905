import { StreamError } from '../../errors/index.js';
import { dateToTimestamp, snakeCase } from '../../model/index.js';
import type { ModelField } from '../encode/model-field.js';
import { type Condition, fieldConditions } from './condition.js';
import type { KeyField, StreamedModel } from './define-model.js';

/** What of the rows that are wanted goes to Prisma's client and must come back. */
interface Wanted {
  readonly order: readonly KeyField[];
  readonly filter: Condition | undefined;
  readonly settled?: boolean | undefined;
}

/**
 * Refuses what Prisma's client cannot read exactly: an order by values that it returns otherwise than the database holds them, so that rows
 * would come twice or not at all; and a filter on dates of SQLite, which compare by the form in which they are stored.
 *
 * @throws StreamError FAILED_PRECONDITION that says what to do.
 */
export function assertExactThroughClient(
  { name, fields, provider }: StreamedModel,
  { order, filter, settled }: Wanted,
): void {
  if (settled) throw refusal("settled is set, but Prisma's client cannot tell which rows are settled", name);
  if (provider === undefined) return;
  for (const { field } of order) {
    const column = fields.find((candidate) => candidate.name === field);
    const why = column && inexactness(column, provider);
    if (why) throw refusal(`the order goes by ${snakeCase(field)}, ${why}`, name);
  }
  for (const condition of filter ? fieldConditions(filter) : []) {
    const { name: field, type } = condition.field;
    const isDate = type === 'DateTime' && condition.kind !== 'null';
    if (isDate && provider === 'sqlite') throw refusal(`the filter is on ${snakeCase(field)}, ${FORMS}`, name);
    const values = condition.kind === 'in' ? condition.values : condition.kind === 'compare' ? [condition.value] : [];
    if (values.some(hasMicroseconds)) throw refusal(`the filter is on ${snakeCase(field)}, ${MICROSECONDS}`, name);
    if (values.some(isExtreme)) throw refusal(`the filter is on ${snakeCase(field)}, ${EXTREME}`, name);
  }
}

const MICROSECONDS = "which has microseconds, and Prisma's client cuts them off";

const EXTREME = "a number so large or so small that Prisma's client writes it in a form that databases refuse";

const FORMS =
  "a date, which SQLite compares by the form in which it is stored, and Prisma's client writes one form only";

/** Why a place in an order does not survive the way through Prisma's client and back; undefined where it does. */
function inexactness({ type, native }: ModelField, provider: string): string | undefined {
  switch (type) {
    case 'DateTime':
      if (provider === 'sqlite') return FORMS;
      return isWithinMilliseconds(native) ? undefined : MICROSECONDS;
    case 'Bytes':
      return "bytes, behind which Prisma's client cannot select rows";
    case 'Float':
      return "a floating-point number, which Prisma's client does not hand over digit by digit";
    case 'Decimal':
      return provider === 'postgresql'
        ? undefined
        : "a decimal, which is compared as a double when Prisma's client hands it over";
    case 'enum':
      return provider === 'sqlite'
        ? undefined
        : 'an enum, whose order in the database may be another than that of the schema';
    default:
      return undefined;
  }
}

/** Without a type of its own, Prisma gives a DateTime three digits behind the second. */
function isWithinMilliseconds(native: string | undefined): boolean {
  return native === undefined || native === 'Date' || /\([0-3]\)$/.test(native);
}

function refusal(what: string, model: string): StreamError {
  return new StreamError('stream.inexact', `${what}: this server cannot stream ${model} so without losing rows`, {
    status: 'FAILED_PRECONDITION',
    phase: 'request',
    nextActions: [
      'ask in another order, or without this condition',
      'on the server, let rows be read by SQL: pass the driver adapter to createServices, and a Prisma client without extensions',
    ],
  });
}

function isExtreme(value: unknown): boolean {
  if (typeof value !== 'number' || value === 0) return false;
  return !(Math.abs(value) >= 1e-300 && Math.abs(value) <= 1e300);
}

function hasMicroseconds(value: unknown): boolean {
  return value instanceof Date && dateToTimestamp(value).nanos % 1_000_000 !== 0;
}
