import { StreamError } from '../../errors/index.js';
import { snakeCase } from '../../model/index.js';
import { Statement, type StoredValue } from '../database/sql-dialect.js';
import { DATE_FORMS, type DateForm, formSql, oneFormUpdate, storedDate } from '../database/sqlite-dates.js';
import type { ReadQuery, StoredRows } from '../database/stored-rows.js';
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

export interface StoredPlaceOptions {
  readonly query: RowQuery;
  /** The values of a client's position, by the names of the order's fields. */
  readonly values: KeyValues;
  readonly model: string;
  /** Reads rows of the order's columns. */
  readonly read: ReadQuery;
}

/**
 * The place of a client's position, in the form in which the database stores it. That is the value itself, as a parameter, except for dates
 * of SQLite: one date has several stored forms, which sort differently.
 *
 * @throws StreamError FAILED_PRECONDITION when the forms of a column leave open which rows come after the place.
 */
export async function storedPlace(options: StoredPlaceOptions): Promise<Place> {
  const { query, values } = options;
  const dates = query.order
    .map(({ field }) => field)
    .filter((field) => query.dialect.special?.needs(field) && values[field.name] instanceof Date);
  const [date] = dates;
  if (!date) return placeIn(options, new Map());
  const [found, ...more] = await rowsAt(options);
  if (found && more.length === 0) return found;
  const place = more.length === 0 ? await anyPlace(options, dates) : undefined;
  if (place) return place;
  throw severalForms(options, date);
}

/** The place, with dates in these forms. */
function placeIn({ query, values }: StoredPlaceOptions, forms: ReadonlyMap<ModelField, DateForm>): Place {
  return query.order.map(({ field }) => {
    const value = values[field.name];
    if (value === null) return null;
    const form = forms.get(field);
    return form && value instanceof Date ? storedDate(value, form) : query.dialect.parameterOf(field, value);
  });
}

/** The places of the rows that the client may mean: of the row itself, if it still exists. */
async function rowsAt({ query, values, read }: StoredPlaceOptions): Promise<readonly Place[]> {
  const { order, dialect } = query;
  const statement = new Statement(dialect);
  const conditions = order.map(({ field }) => {
    const value = values[field.name];
    if (value === null) return conditionSql(statement, { kind: 'null', field });
    // Parameters are added in the order of the text.
    const around = value instanceof Date ? `${aroundSql(statement, field, value)} AND ` : '';
    return around + conditionSql(statement, { kind: 'compare', field, operator: 'equals', value });
  });
  const columns = order.map(({ field }) => columnSql(dialect, field)).join(', ');
  const text = `SELECT ${columns} FROM ${query.from} WHERE ${conditions.join(' AND ')} LIMIT 2`;
  return placesOf(await read({ text, values: statement.values }), order);
}

const DAY_MS = 86_400_000;

/** A range on an index that contains every form of a date: a text that begins with the day, in any zone, or a number. */
function aroundSql(statement: Statement, field: ModelField, date: Date): string {
  const day = (days: number) =>
    statement.parameter(new Date(date.getTime() + days * DAY_MS).toISOString().slice(0, 10));
  const column = columnSql(statement.dialect, field);
  const isDay = `${column} >= ${day(-1)} AND ${column} < ${day(2)}`;
  return `((${isDay}) OR ${column} = ${statement.parameter(storedDate(date, 'milliseconds'))})`;
}

/**
 * The place of a deleted row: each date was stored in one of the forms of its column. If there are several, the same rows may come after all
 * of them, when no row lies between.
 */
async function anyPlace(options: StoredPlaceOptions, dates: readonly ModelField[]): Promise<Place | undefined> {
  let choices: readonly (readonly (readonly [ModelField, DateForm])[])[] = [[]];
  for (const date of dates) {
    const forms = await formsIn(options, date);
    if (!forms) return undefined;
    choices = choices.flatMap((chosen) => forms.map((form) => [...chosen, [date, form] as const]));
  }
  const places = choices.map((chosen) => placeIn(options, new Map(chosen)));
  const [first, ...others] = await Promise.all(places.map((place) => nextBehind(options, place)));
  const { dialect } = options.query;
  const isFirst = (other: Place | undefined) =>
    other?.length === first?.length && (other ?? []).every((value, index) => dialect.isSame(value, first?.[index]));
  return others.every(isFirst) ? places[0] : undefined;
}

/** The first row after a place. */
async function nextBehind({ query, read }: StoredPlaceOptions, place: Place): Promise<Place | undefined> {
  const { order, dialect } = query;
  const fields = order.map(({ field }) => field);
  for (const range of rangesBehind(order, dialect, place)) {
    const rows = await read(
      chunkQuery({ ...query, fields, condition: undefined, searched: undefined }, 1, {
        place,
        ranges: [range],
        inclusive: false,
      }),
    );
    const [next] = placesOf(rows, order);
    if (next) return next;
  }
  return undefined;
}

/** The forms of a column's dates; undefined if a date has another form. Reads every row, but only when the client's row was deleted. */
async function formsIn(
  { query, read }: StoredPlaceOptions,
  date: ModelField,
): Promise<readonly DateForm[] | undefined> {
  const column = columnSql(query.dialect, date);
  const text = `SELECT DISTINCT ${formSql(column)} FROM ${query.from} WHERE ${column} IS NOT NULL`;
  const rows = await read({ text, values: [] });
  const forms = placesOf(rows, query.order.slice(0, 1)).flat();
  const known = DATE_FORMS.filter((form) => forms.includes(form));
  if (known.length < forms.length) return undefined;
  // If every date is NULL, all forms come before or after all rows.
  return known.length > 0 ? known : ['offset'];
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
    `${model}.${field.name} holds dates in several forms, so it is not known which rows come after ${snakeCase(field.name)} of the place`,
    {
      status: 'FAILED_PRECONDITION',
      phase: 'request',
      nextActions: [
        'stream the table without interruption, or in another order',
        `or give the column one form: ${oneFormUpdate(query.from, column)}`,
      ],
    },
  );
}
