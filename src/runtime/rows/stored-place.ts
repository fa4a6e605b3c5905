import { StreamError } from '../../errors/index.js';
import { snakeCase } from '../../model/index.js';
import type { StoredRows } from '../database/sql-database.js';
import { Statement, type StoredValue } from '../database/sql-dialect.js';
import { DATE_FORMS, type DateForm, oneFormUpdate, storedDate } from '../database/sqlite-dates.js';
import type { ModelField } from '../encode/model-field.js';
import type { KeyValues } from './keyset-source.js';
import {
  chunkQuery,
  columnSql,
  conditionSql,
  type OrderColumn,
  type Place,
  type RowQuery,
  rangesBehind,
} from './sql-query.js';
import type { ReadQuery } from './sql-source.js';

export interface StoredPlaceOptions {
  readonly query: RowQuery;
  /** What a client said: values by the names of the order's fields. */
  readonly values: KeyValues;
  readonly model: string;
  /** Reads rows of the order's columns. */
  readonly read: ReadQuery;
}

/**
 * The place that a client names, in the form in which the database holds it. That is the value itself, as a parameter, but for dates of SQLite:
 * these are stored in several forms, of which one is behind or before the other.
 *
 * @throws StreamError FAILED_PRECONDITION where the forms of a column leave open which rows come behind the place.
 */
export async function storedPlace(options: StoredPlaceOptions): Promise<Place> {
  const { query, values } = options;
  const date = query.order.find(
    ({ field }) => query.dialect.special?.needs(field) && values[field.name] instanceof Date,
  );
  if (!date) return placeIn(options, 'offset');
  const [found, ...more] = await rowsAt(options);
  if (found && more.length === 0) return found;
  const place = more.length === 0 ? await anyPlace(options) : undefined;
  if (place) return place;
  throw severalForms(options, date.field);
}

/** The place, with dates in one form. */
function placeIn({ query, values }: StoredPlaceOptions, form: DateForm): Place {
  return query.order.map(({ field }) => {
    const value = values[field.name];
    if (value === null) return null;
    return query.dialect.special?.needs(field) && value instanceof Date
      ? storedDate(value, form)
      : query.dialect.parameterOf(field, value);
  });
}

/** The places of rows that the client may have meant: the row itself, if it is still there. */
async function rowsAt({ query, values, read }: StoredPlaceOptions): Promise<readonly Place[]> {
  const { order, dialect } = query;
  const statement = new Statement(dialect);
  const conditions = order.map(({ field }) => {
    const value = values[field.name];
    if (value === null) return conditionSql(statement, { kind: 'null', field });
    const equals = conditionSql(statement, { kind: 'compare', field, operator: 'equals', value });
    return value instanceof Date ? `${aroundSql(statement, field, value)} AND ${equals}` : equals;
  });
  const columns = order.map(({ field }) => columnSql(dialect, field)).join(', ');
  const text = `SELECT ${columns} FROM ${query.from} WHERE ${conditions.join(' AND ')} LIMIT 2`;
  return placesOf(await read({ text, values: statement.values }), order);
}

const DAY_MS = 86_400_000;

/** A range that an index walks, and every form of a date lies within: its text begins with the day, in whatever zone, or it is a number. */
function aroundSql(statement: Statement, field: ModelField, date: Date): string {
  const day = (days: number) =>
    statement.parameter(new Date(date.getTime() + days * DAY_MS).toISOString().slice(0, 10));
  const column = columnSql(statement.dialect, field);
  const milliseconds = statement.parameter(storedDate(date, 'milliseconds'));
  return `((${column} >= ${day(-1)} AND ${column} < ${day(2)}) OR ${column} = ${milliseconds})`;
}

/**
 * A place that no row has any more. In whatever form a date was stored there, the same rows come behind it as long as none lies between
 * two of the forms: then any of them will do.
 */
async function anyPlace(options: StoredPlaceOptions): Promise<Place | undefined> {
  const forms = await formsIn(options);
  const places = forms.map((form) => placeIn(options, form));
  const [first, ...others] = await Promise.all(places.map((place) => nextBehind(options, place)));
  const { dialect } = options.query;
  const isNext = (other: Place | undefined) =>
    other?.length === first?.length && (other ?? []).every((value, index) => dialect.isSame(value, first?.[index]));
  return others.every(isNext) ? places[0] : undefined;
}

/** The first row behind a place. */
async function nextBehind({ query, read }: StoredPlaceOptions, place: Place): Promise<Place | undefined> {
  const { order, dialect } = query;
  const fields = order.map(({ field }) => field);
  for (const range of rangesBehind(order, dialect, place)) {
    const rows = await read(
      chunkQuery({ ...query, fields, condition: undefined }, 1, { place, ranges: [range], inclusive: false }),
    );
    const [next] = placesOf(rows, order);
    if (next) return next;
  }
  return undefined;
}

/** The forms that a date may have in its column: where it holds no numbers, or nothing else, these are the only ones. */
async function formsIn({ query, values, read }: StoredPlaceOptions): Promise<readonly DateForm[]> {
  const dates = query.order.filter(({ field }) => values[field.name] instanceof Date);
  const holds = async (comparison: string) => {
    const found = dates.map(
      ({ field }) => `SELECT 1 FROM ${query.from} WHERE ${columnSql(query.dialect, field)} ${comparison} LIMIT 1`,
    );
    const rows = await read({ text: `SELECT * FROM (${found[0]}) LIMIT 1`, values: [] });
    return rows.length > 0;
  };
  if (dates.length !== 1) return DATE_FORMS;
  // Numbers come before texts.
  if (!(await holds("< ''"))) return DATE_FORMS.filter((form) => form !== 'milliseconds');
  return (await holds(">= ''")) ? DATE_FORMS : ['milliseconds'];
}

function placesOf(rows: StoredRows, order: readonly OrderColumn[]): readonly Place[] {
  return Array.from({ length: rows.length }, (_, row) =>
    order.map((__, column): StoredValue => rows.storedValue(row, column)),
  );
}

function severalForms({ query, model }: StoredPlaceOptions, field: ModelField): StreamError {
  const column = columnSql(query.dialect, field);
  return new StreamError(
    'stream.several_date_forms',
    `${model}.${field.name} holds dates in several forms, so that it is not known which rows come behind ${snakeCase(field.name)} of the place`,
    {
      status: 'FAILED_PRECONDITION',
      phase: 'request',
      nextActions: [
        'stream the table in one go, or in another order',
        `or give the column one form: ${oneFormUpdate(query.from, column)}`,
      ],
    },
  );
}
