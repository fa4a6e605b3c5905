import { InternalError } from '../../errors/index.js';
import { queryUntil } from '../database/cancel-queries.js';
import { type SqlDialect, sqlDialectOf, tableName } from '../database/sql-dialect.js';
import type { ModelField } from '../encode/model-field.js';
import type { SqlQuery, SqlReader, SqlReaderFactory } from '../internals/driver-adapter.js';
import type { ChunkSource, RawRow } from './chunk-source.js';
import type { KeyField, StreamedModel } from './define-model.js';
import type { KeyValues } from './keyset-source.js';
import { readAgain } from './retry-chunk.js';

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

/** Whether a model's rows can be read without Prisma's client, and be the same to the byte: only what tests have proved. */
export function canReadBySql({ fields }: StreamedModel, { provider }: Pick<SqlReaderFactory, 'provider'>): boolean {
  // Rows of other models inside these take queries of their own.
  if (fields.some(({ type }) => type === 'row')) return false;
  const dialect = sqlDialectOf(provider);
  return dialect !== undefined && fields.every((field) => isPlain(field, dialect));
}

/**
 * Whether SQL of ours can ask what a request asks: every row of a range, in an order that row values compare in as a whole. A filter is
 * Prisma's to translate.
 */
export function canAskBySql(
  { where, order }: { readonly where: object | undefined; readonly order: readonly KeyField[] },
  { provider }: Pick<SqlReaderFactory, 'provider'>,
): boolean {
  const directions = new Set(order.map(({ direction = 'asc' }) => direction));
  const isComparable = order.every(({ type, nulls }) => nulls === undefined && scalarOf(type) !== undefined);
  const isWalked = order.length === 1 || sqlDialectOf(provider)?.walksTuples === true;
  return where === undefined && isComparable && isWalked && directions.size === 1;
}

function isPlain({ list, native }: ModelField, { plainTypes }: SqlDialect): boolean {
  return plainTypes === undefined || (!list && (native === undefined || plainTypes.has(native)));
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
    const selection = selectionOf(model, fields, connection);
    const upTo = placeOf(options.upTo);
    let after = placeOf(options.after);
    let left = limit;
    while (left > 0 && !request.signal.aborted) {
      const take = Math.min(request.chunkSize, left);
      const query = queryOf(selection, { order, fields, take, after, upTo });
      const { rows } = await readAgain(() => queryUntil(request.signal, connection, query), request);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      if (rows.length < take) return;
      after = keyIndexes.map((index) => last[index]);
      left -= rows.length;
    }
  };
}

/**
 * Asks whether a model's table is there, with every column that is read of it; no row is looked at, however the database would come by it.
 *
 * @throws What the database says.
 */
export async function assertTable(model: StreamedModel, reader: SqlReader): Promise<void> {
  if (!sqlDialectOf(reader.provider)) return;
  const columns = model.fields.filter(({ type }) => type !== 'row');
  const { select } = selectionOf(model, columns, reader);
  await reader.queryRaw({ sql: `SELECT 1 FROM (${select} LIMIT 0) AS probe`, args: [], argTypes: [] });
}

/** What all chunks of a stream have in common. */
interface Selection {
  readonly select: string;
  readonly dialect: SqlDialect;
}

function selectionOf(
  { name, table = name, schema }: StreamedModel,
  fields: readonly ModelField[],
  connection: SqlReader,
): Selection {
  const dialect = sqlDialectOf(connection.provider);
  if (!dialect) throw new InternalError(`rows of ${connection.provider} are not read by SQL`);
  const columns = fields.map(columnOf).map(dialect.quote).join(', ');
  return { select: `SELECT ${columns} FROM ${tableName(dialect, connection, { table, schema })}`, dialect };
}

interface Asked {
  readonly order: readonly KeyField[];
  readonly fields: readonly ModelField[];
  readonly take: number;
  readonly after: readonly unknown[] | undefined;
  readonly upTo: readonly unknown[] | undefined;
}

/** Row values compare as a tuple: `("a", "b") > ($1, $2)` is the order of the index itself. */
function queryOf({ select, dialect }: Selection, { order, fields, take, after, upTo }: Asked): SqlQuery {
  const { quote, mark } = dialect;
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
