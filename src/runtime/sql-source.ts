import type { ChunkSource, RawRow } from './chunk-source.js';
import type { StreamedModel } from './define-model.js';
import type { KeyValues } from './keyset.js';
import type { ModelField } from './model-field.js';
import type { SqlQuery, SqlReader } from './sql-reader.js';

export interface SqlSourceOptions {
  readonly reader: () => Promise<SqlReader>;
  readonly model: StreamedModel;
  readonly after?: KeyValues | undefined;
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
export function canReadBySql({ key, fields }: StreamedModel, { provider }: { readonly provider: string }): boolean {
  if (!key.every(({ type }) => scalarOf(type) !== undefined)) return false;
  if (provider === 'sqlite') return true;
  return provider === 'postgres' && fields.every(isPlainInPostgres);
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
  limit = Number.POSITIVE_INFINITY,
  ...options
}: SqlSourceOptions): ChunkSource<RawRow> {
  const keyIndexes = model.key.map(({ field }) => model.fields.findIndex(({ name }) => name === field));
  return async function* (request) {
    const connection = await reader();
    const dialect = dialectOf(model, connection);
    let after = options.after && model.key.map(({ field }) => options.after?.[field]);
    let left = limit;
    while (left > 0 && !request.signal.aborted) {
      const take = Math.min(request.chunkSize, left);
      const { rows } = await connection.queryRaw(queryOf(dialect, model, take, after));
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

function dialectOf({ name, table = name, schema, fields }: StreamedModel, connection: SqlReader): Dialect {
  const isSqlite = connection.provider === 'sqlite';
  const schemaName = schema ?? (isSqlite ? undefined : connection.getConnectionInfo?.().schemaName);
  const from = schemaName === undefined ? quote(table) : `${quote(schemaName)}.${quote(table)}`;
  return {
    select: `SELECT ${fields.map(columnOf).map(quote).join(', ')} FROM ${from}`,
    mark: isSqlite ? () => '?' : (index) => `$${index}`,
  };
}

/** Row values compare as a tuple: `("a", "b") > ($1, $2)` is the order of the index itself. */
function queryOf(
  { select, mark }: Dialect,
  { key, fields }: StreamedModel,
  take: number,
  after: readonly unknown[] = [],
): SqlQuery {
  const columns = key.map(({ field }) => quote(columnOf(fields.find(({ name }) => name === field) ?? { name: field })));
  const marks = after.map((_, index) => mark(index + 1));
  const where = after.length > 0 ? ` WHERE ${tuple(columns)} > ${tuple(marks)}` : '';
  const types = [...after.map((_, index) => scalarOf(key[index]?.type ?? '') ?? 'string'), 'int' as const];
  return {
    sql: `${select}${where} ORDER BY ${columns.map((column) => `${column} ASC`).join(', ')} LIMIT ${mark(after.length + 1)}`,
    args: [...after, take].map(argument),
    argTypes: types.map((scalarType) => ({ scalarType, arity: 'scalar' })),
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
