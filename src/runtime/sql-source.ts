import type { ChunkSource, RawRow } from './chunk-source.js';
import type { KeyField, StreamedModel } from './define-model.js';
import type { KeyValues } from './keyset.js';
import type { ModelField } from './model-field.js';
import { readAgain } from './read-again.js';
import type { SqlQuery, SqlReader } from './sql-reader.js';
import type { ParsedRequest } from './stream-request.js';

export interface SqlSourceOptions {
  readonly reader: () => Promise<SqlReader>;
  readonly model: StreamedModel;
  /** One direction for all its columns. Default: the model's key, ascending. */
  readonly order?: readonly KeyField[];
  /** What is read of a row, the order's columns among them. Default: all. */
  readonly fields?: readonly ModelField[] | undefined;
  readonly after?: KeyValues | undefined;
  readonly upTo?: KeyValues | undefined;
  readonly limit?: number | undefined;
}

/** Key columns that a driver takes back just as it returned them, so that "behind this row" has one meaning. */
const COMPARABLE = new Map([
  ['Int', 'int'],
  ['BigInt', 'bigint'],
  ['String', 'string'],
] as const);

/** Types of PostgreSQL whose values a driver returns as Prisma's client reads them; others it casts in its SQL. */
const PLAIN_POSTGRES_TYPES = new Set([
  ...['Text', 'VarChar', 'Char', 'Uuid', 'Boolean', 'SmallInt', 'Integer', 'BigInt', 'DoublePrecision', 'Decimal'],
  ...['Timestamp', 'Timestamptz', 'Date', 'Json', 'JsonB', 'ByteA'],
]);

/** Whether a model's rows can be read without Prisma's client, and be the same to the byte: only what tests have proved. */
export function canReadBySql({ fields }: StreamedModel, { provider }: { readonly provider: string }): boolean {
  // Rows of other models inside these take queries of their own.
  if (fields.some(({ type }) => type === 'row')) return false;
  if (provider === 'sqlite') return true;
  return provider === 'postgres' && fields.every(isPlainInPostgres);
}

/**
 * Whether SQL of ours can ask what a request asks: every row of a range, in an order that row values compare in as a whole. A filter is
 * Prisma's to translate.
 */
export function canAskBySql({ where, order }: Pick<ParsedRequest, 'where' | 'order'>): boolean {
  const directions = new Set(order.map(({ direction = 'asc' }) => direction));
  const isComparable = order.every(({ type, nulls }) => nulls === undefined && scalarOf(type) !== undefined);
  return where === undefined && isComparable && directions.size === 1;
}

function isPlainInPostgres({ list, native }: ModelField): boolean {
  return !list && (native === undefined || PLAIN_POSTGRES_TYPES.has(native));
}

/**
 * Reads the same rows in the same order as `keysetSource`, as arrays straight from the driver: no object a row, no query plan, no
 * mapping of values that the encoder would undo.
 */
export function sqlSource({
  reader,
  model,
  order = model.key,
  fields = model.fields,
  limit = Number.POSITIVE_INFINITY,
  ...options
}: SqlSourceOptions): ChunkSource<RawRow> {
  const keyIndexes = order.map(({ field }) => fields.findIndex(({ name }) => name === field));
  const placeOf = (values: KeyValues | undefined) => values && order.map(({ field }) => values[field]);
  return async function* (request) {
    const connection = await readAgain(reader, request);
    const dialect = dialectOf(model, fields, connection);
    const upTo = placeOf(options.upTo);
    let after = placeOf(options.after);
    let left = limit;
    while (left > 0 && !request.signal.aborted) {
      const take = Math.min(request.chunkSize, left);
      const query = queryOf(dialect, { order, fields, take, after, upTo });
      const { rows } = await readAgain(() => connection.queryRaw(query), request);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      if (rows.length < take) return;
      after = keyIndexes.map((index) => last[index]);
      left -= rows.length;
    }
  };
}

interface Dialect {
  readonly select: string;
  /** The n-th parameter, from 1. */
  readonly mark: (index: number) => string;
}

function dialectOf(
  { name, table = name, schema }: StreamedModel,
  fields: readonly ModelField[],
  connection: SqlReader,
): Dialect {
  const isSqlite = connection.provider === 'sqlite';
  const schemaName = schema ?? (isSqlite ? undefined : connection.getConnectionInfo?.().schemaName);
  const from = schemaName === undefined ? quote(table) : `${quote(schemaName)}.${quote(table)}`;
  return {
    select: `SELECT ${fields.map(columnOf).map(quote).join(', ')} FROM ${from}`,
    mark: isSqlite ? () => '?' : (index) => `$${index}`,
  };
}

interface Asked {
  readonly order: readonly KeyField[];
  readonly fields: readonly ModelField[];
  readonly take: number;
  readonly after: readonly unknown[] | undefined;
  readonly upTo: readonly unknown[] | undefined;
}

/** Row values compare as a tuple: `("a", "b") > ($1, $2)` is the order of the index itself. */
function queryOf({ select, mark }: Dialect, { order, fields, take, after, upTo }: Asked): SqlQuery {
  const columns = order.map(({ field }) =>
    quote(columnOf(fields.find(({ name }) => name === field) ?? { name: field })),
  );
  const isDescending = order[0]?.direction === 'desc';
  const bounds = [
    ...(after ? [{ comparison: isDescending ? '<' : '>', values: after }] : []),
    ...(upTo ? [{ comparison: isDescending ? '>=' : '<=', values: upTo }] : []),
  ];
  const conditions = bounds.map(({ comparison, values }, place) => {
    const marks = values.map((_, index) => mark(place * order.length + index + 1));
    return `${tuple(columns)} ${comparison} ${tuple(marks)}`;
  });
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const by = columns.map((column) => `${column} ${isDescending ? 'DESC' : 'ASC'}`).join(', ');
  const types = bounds.flatMap(() => order.map(({ type }) => scalarOf(type) ?? 'string'));
  return {
    sql: `${select}${where} ORDER BY ${by} LIMIT ${mark(types.length + 1)}`,
    args: [...bounds.flatMap(({ values }) => values), take].map(argument),
    argTypes: [...types, 'int' as const].map((scalarType) => ({ scalarType, arity: 'scalar' })),
  };
}

function columnOf({ name, column = name }: { readonly name: string; readonly column?: string }): string {
  return column;
}

function tuple(items: readonly string[]): string {
  return items.length === 1 ? `${items[0]}` : `(${items.join(', ')})`;
}

function scalarOf(type: string): 'int' | 'bigint' | 'string' | undefined {
  return COMPARABLE.get(type as 'Int');
}

/** Adapters take what came over JSON: 64 bits as text. */
function argument(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
