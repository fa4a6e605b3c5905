import { assertNever } from '../../errors/index.js';
import { type SqlDialect, type SqlOperator, Statement, type StoredValue } from '../database/sql-dialect.js';
import type { SqlText } from '../database/stored-rows.js';
import type { ModelField } from '../encode/model-field.js';
import { type ComparisonOperator, type Condition, fieldConditions } from './condition.js';

/** A column of an order, with everything that its SQL needs. */
export interface OrderColumn {
  readonly field: ModelField;
  readonly direction: 'asc' | 'desc';
  /** The position of rows whose column is NULL, in this direction; undefined for a column that is never NULL. */
  readonly nulls?: 'first' | 'last' | undefined;
  /** All values in the order in which the database sorts them, where `>` does not follow that order, as with an enum of MySQL. */
  readonly values?: readonly StoredValue[] | undefined;
}

/** The values of an order's columns in one row, in the database's own form. */
export type Place = readonly StoredValue[];

/** A range of the rows after a place: the first `equal` columns have the values of the place, and the next column has a bound. */
export interface SqlRange {
  readonly equal: number;
  /**
   * `tuple` compares all columns from that one on as a row value; `values` are the values that sort after the place's, where `>` does not
   * follow the order.
   */
  readonly bound: 'tuple' | 'behind' | 'null' | 'not-null' | { readonly values: readonly StoredValue[] };
}

/** The start of a chunk. */
export interface ChunkStart {
  readonly place: Place;
  /** Rows of any of these. */
  readonly ranges: readonly SqlRange[];
  /** Whether the row at the place itself is read as well, if it is still there. */
  readonly inclusive: boolean;
}

/** The parts of the query that all chunks of a stream share. */
export interface RowQuery {
  readonly dialect: SqlDialect;
  /** The table, quoted. */
  readonly from: string;
  readonly fields: readonly ModelField[];
  readonly order: readonly OrderColumn[];
  readonly condition: Condition | undefined;
  /** Conditions that no index serves, where the rows that are looked at for them are bounded. */
  readonly searched?: Condition | undefined;
  /** The last row to read, in a key that is never NULL and ascends. */
  readonly upTo: Place | undefined;
}

/**
 * The query for the next chunk: from a start, or from the first row of the table.
 *
 * @param window The most rows that are looked at for the conditions that no index serves.
 */
export function chunkQuery(query: RowQuery, take: number, start?: ChunkStart, window?: number): SqlText {
  const { dialect, from, fields, order, searched } = query;
  const statement = new Statement(dialect);
  const columns = fields.map((field) => dialect.selected(field, columnSql(dialect, field)));
  const by = order.map(({ field, direction }) => `${columnSql(dialect, field)} ${direction.toUpperCase()}`);
  const sorted = ` ORDER BY ${by.join(', ')}`;
  const found = rangeConditions(statement, query, start);
  const search = searched && conditionSql(statement, searched);
  const rows =
    window === undefined
      ? `${from}${whereSql([...found, search])}`
      : `(SELECT ${lookedAt(query)} FROM ${from}${whereSql(found)}${sorted} LIMIT ${Math.trunc(window)}) AS looked${whereSql([search])}`;
  return {
    text: `SELECT ${columns.join(', ')} FROM ${rows}${sorted} LIMIT ${Math.trunc(take)}`,
    values: statement.values,
    mostRows: take,
    keepsPlan: isWalk(query, start),
  };
}

/**
 * Whether a query only walks on in its order: from any place, that is one walk along the index. The best plan for a condition depends on how
 * many rows meet it, and so on its values, which a plan that is kept does not know.
 */
function isWalk({ condition, searched, upTo }: RowQuery, start: ChunkStart | undefined): boolean {
  const [range, ...others] = start?.ranges ?? [];
  const isOneTuple = range?.bound === 'tuple' && range.equal === 0 && others.length === 0;
  return isOneTuple && [condition, searched, upTo].every((part) => part === undefined);
}

/** A query for the number of rows that a window from a start would hold. */
export function windowQuery(query: RowQuery, window: number, start?: ChunkStart): SqlText {
  const statement = new Statement(query.dialect);
  const where = whereSql(rangeConditions(statement, query, start));
  const rows = `SELECT 1 AS found FROM ${query.from}${where} LIMIT ${Math.trunc(window)}`;
  return { text: `SELECT count(*) FROM (${rows}) AS looked`, values: statement.values };
}

function rangeConditions(
  statement: Statement,
  { dialect, order, condition, searched, upTo }: RowQuery,
  start: ChunkStart | undefined,
): readonly (string | undefined)[] {
  return [
    // The start of the chunk stands first: of two lower bounds, SQLite uses the first for its index.
    start && startSql(statement, order, start),
    upTo && upToSql(statement, order, upTo),
    // Before the condition, so that it also sees the rows that do not meet it.
    (condition ?? searched) && dialect.goesOn,
    condition && conditionSql(statement, condition),
  ];
}

function whereSql(conditions: readonly (string | undefined)[]): string {
  const known = conditions.filter((part) => part !== undefined);
  return known.length > 0 ? ` WHERE ${known.join(' AND ')}` : '';
}

/** The columns that are read, and those of the conditions. */
function lookedAt({ dialect, fields, order, searched }: RowQuery): string {
  const conditions = searched ? fieldConditions(searched) : [];
  const needed = [...fields, ...[...order, ...conditions].map(({ field }) => field)];
  return [...new Set(needed.map((field) => columnSql(dialect, field)))].join(', ');
}

/**
 * A query that returns a row if one place comes after another, and no row otherwise. The database compares them with the types, collations
 * and zones of the columns, since the place stands where rows of the table would.
 */
export function behindQuery({ dialect, from, order }: RowQuery, later: Place, earlier: Place): SqlText {
  const statement = new Statement(dialect);
  const columns = order.map(({ field }) => columnSql(dialect, field));
  const values = order.map(({ field }, index) => dialect.comparand(field, statement.parameter(later[index])));
  const rows = `SELECT ${columns.join(', ')} FROM ${from} WHERE 1 = 0 UNION ALL SELECT ${values.join(', ')}`;
  const behind = startSql(statement, order, {
    place: earlier,
    ranges: rangesBehind(order, dialect, earlier),
    inclusive: false,
  });
  return { text: `SELECT 1 FROM (${rows}) AS place WHERE ${behind}`, values: statement.values };
}

/**
 * The rows after a place, as consecutive ranges. After (1, 2) in the order of (a, b), the first range is `a = 1 AND b > 2`, the second `a >
 * 1`. Where a database walks tuples, columns that are not NULL are one range. With one condition joined by OR, a database would read all rows
 * of `a = 1` again for every chunk, or sort them.
 */
export function rangesBehind(
  order: readonly OrderColumn[],
  dialect: SqlDialect,
  place: Place,
  equal = 0,
): readonly SqlRange[] {
  const column = order[equal];
  if (!column) return [];
  const value = place[equal];
  if (dialect.walks === 'tuples' && value !== null && isTuple(order.slice(equal))) {
    return [{ equal, bound: 'tuple' }, ...(column.nulls === 'last' ? [{ equal, bound: 'null' } as const] : [])];
  }
  return [
    ...rangesBehind(order, dialect, place, equal + 1),
    ...boundsBehind(column, value).map((bound) => ({ equal, bound })),
  ];
}

/** A tuple with NULL after its first value compares as unknown, whatever its other values are. */
function isTuple([first, ...rest]: readonly OrderColumn[]): boolean {
  return (
    !first?.values && rest.every(({ nulls, values, direction }) => !nulls && !values && direction === first?.direction)
  );
}

function boundsBehind({ nulls, values, direction }: OrderColumn, value: StoredValue): readonly SqlRange['bound'][] {
  if (value === null) return nulls === 'first' ? ['not-null'] : [];
  const rest = nulls === 'last' ? (['null'] as const) : [];
  if (!values) return ['behind', ...rest];
  const inOrder = direction === 'asc' ? values : [...values].reverse();
  const later = inOrder.slice(inOrder.indexOf(value) + 1);
  return [...(later.length > 0 ? [{ values: later }] : []), ...rest];
}

function startSql(
  statement: Statement,
  order: readonly OrderColumn[],
  { place, ranges, inclusive }: ChunkStart,
): string {
  if (ranges.length === 0) return '1 = 0';
  const parts = ranges.map((range) => rangeSql(statement, order, { place, range, inclusive }));
  return parts.length > 1 ? `(${parts.map((part) => `(${part})`).join(' OR ')})` : `${parts[0]}`;
}

interface RangeStart {
  readonly place: Place;
  readonly range: SqlRange;
  readonly inclusive: boolean;
}

function rangeSql(
  statement: Statement,
  order: readonly OrderColumn[],
  { place, range, inclusive }: RangeStart,
): string {
  const { equal, bound } = range;
  const same = order.slice(0, equal).map((column, index) => equalSql(statement, column, place[index]));
  const rest = order.slice(equal);
  return [...same, boundSql(statement, rest, place.slice(equal), bound, inclusive)].join(' AND ');
}

function boundSql(
  statement: Statement,
  order: readonly OrderColumn[],
  place: Place,
  bound: SqlRange['bound'],
  inclusive: boolean,
): string {
  const [column] = order as [OrderColumn];
  const name = columnSql(statement.dialect, column.field);
  const orEqual = inclusive && (bound === 'tuple' || order.length === 1) ? '=' : '';
  const operator = `${column.direction === 'asc' ? '>' : '<'}${orEqual}`;
  switch (bound) {
    case 'tuple':
      return tupleSql(statement, order, place, operator);
    case 'behind':
      return tupleSql(statement, [column], place, operator);
    case 'null':
      return `${name} IS NULL`;
    case 'not-null':
      return `${name} IS NOT NULL`;
    default:
      return oneOfSql(statement, column, bound.values);
  }
}

/** Whether the first row of an inclusive chunk is the row at its start, if that row still exists. */
export function bringsItsPlace(
  order: readonly OrderColumn[],
  { ranges, place }: Pick<ChunkStart, 'ranges' | 'place'>,
): boolean {
  const [first] = ranges;
  return (
    first?.bound === 'tuple' || (first?.bound === 'behind' && first.equal === order.length - 1 && place.length > 0)
  );
}

function equalSql(statement: Statement, { field }: OrderColumn, value: StoredValue): string {
  const name = columnSql(statement.dialect, field);
  if (value === null) return `${name} IS NULL`;
  return `${name} = ${statement.dialect.comparand(field, statement.parameter(value))}`;
}

function oneOfSql(statement: Statement, { field }: OrderColumn, values: readonly StoredValue[]): string {
  const marks = values.map((value) => statement.dialect.comparand(field, statement.parameter(value)));
  return `${columnSql(statement.dialect, field)} IN (${marks.join(', ')})`;
}

/** Row values compare as a tuple: `("a", "b") > ($1, $2)` is the order of the index itself. */
function tupleSql(statement: Statement, order: readonly OrderColumn[], place: Place, operator: string): string {
  const columns = order.map(({ field }) => columnSql(statement.dialect, field));
  const marks = order.map(({ field }, index) => statement.dialect.comparand(field, statement.parameter(place[index])));
  return `${tuple(columns)} ${operator} ${tuple(marks)}`;
}

/** The rows up to and including a place, in an order without NULLs and with one direction. Parameters are added in the order of the text. */
function upToSql(statement: Statement, order: readonly OrderColumn[], place: Place): string {
  if (statement.dialect.walks === 'tuples') return tupleSql(statement, order, place, '<=');
  const [first] = order;
  // The condition on the first column is implied, but it ends the walk along an index.
  const bound = first && order.length > 1 ? `${beforeSql(statement, first, place[0], true)} AND ` : '';
  const parts = order.map((column, equal) => {
    const same = order.slice(0, equal).map((earlier, index) => equalSql(statement, earlier, place[index]));
    return [...same, beforeSql(statement, column, place[equal], equal === order.length - 1)].join(' AND ');
  });
  return `${bound}(${parts.map((part) => `(${part})`).join(' OR ')})`;
}

function beforeSql(
  statement: Statement,
  { field, values }: OrderColumn,
  value: StoredValue,
  inclusive: boolean,
): string {
  const { dialect } = statement;
  const name = columnSql(dialect, field);
  if (values) {
    const end = values.indexOf(value) + (inclusive ? 1 : 0);
    const before = values.slice(0, end).map((each) => dialect.comparand(field, statement.parameter(each)));
    return before.length > 0 ? `${name} IN (${before.join(', ')})` : '1 = 0';
  }
  return `${name} ${inclusive ? '<=' : '<'} ${dialect.comparand(field, statement.parameter(value))}`;
}

/** The SQL of a condition. As always in SQL, NULL meets no condition except `is null`. */
export function conditionSql(statement: Statement, condition: Condition): string {
  const { dialect } = statement;
  switch (condition.kind) {
    case 'and':
      return condition.parts.length === 0 ? '1 = 1' : joined(condition.parts, ' AND ', statement);
    case 'or':
      return condition.parts.length === 0 ? '1 = 0' : joined(condition.parts, ' OR ', statement);
    case 'not':
      return `NOT (${conditionSql(statement, condition.part)})`;
    case 'compare':
      return comparisonSql(statement, condition.field, OPERATORS[condition.operator], condition.value);
    case 'in':
      return listSql(statement, condition.field, condition.values);
    case 'text': {
      const pattern = `${condition.match === 'contains' ? '%' : ''}${escaped(condition.text)}%`;
      return dialect.like(
        columnSql(dialect, condition.field),
        statement.parameter(dialect.parameterOf(condition.field, pattern)),
      );
    }
    case 'null':
      return `${columnSql(dialect, condition.field)} IS NULL`;
    default:
      return assertNever(condition);
  }
}

const OPERATORS: Readonly<Record<ComparisonOperator, SqlOperator>> = {
  equals: '=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
};

/** The escape character of LIKE patterns, for every database. */
export const LIKE_ESCAPE = '!';

function escaped(text: string): string {
  return text.replace(/[!%_]/g, `${LIKE_ESCAPE}$&`);
}

function joined(parts: readonly Condition[], word: string, statement: Statement): string {
  return `(${parts.map((part) => conditionSql(statement, part)).join(word)})`;
}

function comparisonSql(statement: Statement, field: ModelField, operator: SqlOperator, value: unknown): string {
  const { dialect } = statement;
  const column = columnSql(dialect, field);
  if (dialect.special?.needs(field)) {
    return dialect.special.comparison({
      field,
      column,
      operator,
      value,
      parameter: (stored) => statement.parameter(stored),
    });
  }
  return `${column} ${operator} ${dialect.comparand(field, statement.parameter(dialect.parameterOf(field, value)))}`;
}

/** An empty list matches no row, NULL or not. */
function listSql(statement: Statement, field: ModelField, values: readonly unknown[]): string {
  if (values.length === 0) return '1 = 0';
  const { dialect } = statement;
  const column = columnSql(dialect, field);
  if (dialect.special?.needs(field)) {
    return `(${values.map((value) => comparisonSql(statement, field, '=', value)).join(' OR ')})`;
  }
  const marks = values.map((value) => dialect.comparand(field, statement.parameter(dialect.parameterOf(field, value))));
  return `${column} IN (${marks.join(', ')})`;
}

export function columnSql({ quote }: SqlDialect, { name, column = name }: ModelField): string {
  return quote(column);
}

function tuple(items: readonly string[]): string {
  return items.length === 1 ? `${items[0]}` : `(${items.join(', ')})`;
}
