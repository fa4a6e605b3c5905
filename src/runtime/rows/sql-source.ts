import { InternalError, StreamError } from '../../errors/index.js';
import { formatTimestamp } from '../../model/index.js';
import { sqlDialectOf } from '../database/sql-database.js';
import { type SqlDialect, type StoredValue, tableName } from '../database/sql-dialect.js';
import type { HowToRead, ReadQuery, SqlDatabase, SqlText, StoredRows } from '../database/stored-rows.js';
import type { ModelField } from '../encode/model-field.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import type { SqlReader } from '../internals/driver-adapter.js';
import type { ChunkRequest, Source } from './chunk-source.js';
import type { Condition } from './condition.js';
import type { KeyField, StreamedModel } from './define-model.js';
import type { KeyValues } from './keyset-source.js';
import { readAgain } from './retry-chunk.js';
import { type BoundedSearch, SearchWindows } from './search-windows.js';
import { type SettledBoundOptions, settledBound } from './settled-bound.js';
import {
  behindQuery,
  bringsItsPlace,
  type ChunkStart,
  chunkQuery,
  columnSql,
  type OrderColumn,
  type Place,
  type RowQuery,
  rangesBehind,
  type SqlRange,
  windowQuery,
} from './sql-query.js';
import { storedPlace } from './stored-place.js';

export interface SqlSourceOptions {
  readonly database: () => Promise<SqlDatabase>;
  readonly model: StreamedModel;
  readonly order: readonly KeyField[];
  /** The fields that are read, including those of the order and the key. */
  readonly fields: readonly ModelField[];
  readonly condition?: Condition | undefined;
  /** Conditions that no index serves, and how many rows may be looked at for them; undefined where there is no bound. */
  readonly search?: BoundedSearch | undefined;
  readonly after?: KeyValues | undefined;
  readonly upTo?: KeyValues | undefined;
  readonly limit?: number | undefined;
  /** Whether the rows are only sent, so that the values of most are not needed. Default false. */
  readonly encoded?: boolean | undefined;
  /** Ends before the first row that others may still precede. */
  readonly settled?: Settled | undefined;
}

/** How long to wait for rows to settle. */
export type Settled = Pick<SettledBoundOptions, 'maxWaitMs' | 'delayMs'>;

/**
 * Reads a model's rows chunk by chunk, in the database's own form. Each chunk starts after the last row of the one before, and the values of
 * that row go back to the database unchanged, so that they mean the same row.
 */
export function sqlSource(options: SqlSourceOptions): Source<StoredRows> {
  return async function* (request) {
    const database = await readAgain(options.database, request);
    const stream = await SqlStream.open(options, database, request);
    yield* stream.chunks();
  };
}

class SqlStream {
  private readonly request: ChunkRequest;
  private readonly options: SqlSourceOptions;
  private readonly query: RowQuery;
  private readonly read: ReadQuery;
  private readonly readNumber: ReadQuery;
  private readonly readCount: ReadQuery;
  private readonly orderIndexes: readonly number[];
  private readonly keyIndexes: readonly number[];
  private place: Place | undefined;
  /** For the log. */
  private placeName = '';
  private left: number;
  private readonly windows: SearchWindows | undefined;
  /** One function for all chunks, called as a method of each: with a function for each, rows outlive V8's young generation. */
  private readonly nameRow: (this: StoredRows, index: number) => string;

  private constructor(options: SqlSourceOptions, query: RowQuery, place: Place | undefined, reading: Reading) {
    this.options = options;
    this.query = query;
    this.place = place;
    this.request = reading.request;
    const { condition, search, encoded = false } = options;
    this.read = reading.read(options.fields, { scans: (condition ?? search) !== undefined, encoded });
    this.windows = search && new SearchWindows(search, options.model.name);
    this.left = options.limit ?? Number.POSITIVE_INFINITY;
    this.readNumber = reading.read([NUMBER]);
    this.readCount = reading.read([COUNT], { scans: true });
    const indexOf = (field: string) => options.fields.findIndex(({ name }) => name === field);
    this.orderIndexes = query.order.map(({ field }) => indexOf(field.name));
    this.keyIndexes = options.model.key.map(({ field }) => indexOf(field));
    const keyOf = (rows: StoredRows, index: number) => this.nameOf(rows, index, this.keyIndexes);
    this.nameRow = function nameRow(index) {
      return keyOf(this, index);
    };
  }

  static async open(options: SqlSourceOptions, database: SqlDatabase, request: ChunkRequest): Promise<SqlStream> {
    const { model, fields, condition, search } = options;
    const { dialect } = database;
    const reading = readingOf(database, request);
    const order = await orderColumns(options, database, reading);
    const from = tableOf(model, database);
    const searched = search?.condition;
    const query: RowQuery = { dialect, from, fields, order, condition, searched, upTo: undefined };
    const placeOf = (values: KeyValues | undefined) =>
      values && storedPlace({ query, values, model: model.name, read: reading.read(order.map(({ field }) => field)) });
    const after = await placeOf(options.after);
    if (options.settled) {
      const bound = await settledBound({ query, read: reading.read, signal: request.signal, ...options.settled });
      return new SqlStream(bound ? options : { ...options, limit: 0 }, { ...query, upTo: bound }, after, reading);
    }
    const upTo = await placeOf(options.upTo);
    return new SqlStream(options, { ...query, upTo }, after, reading);
  }

  async *chunks(): AsyncGenerator<StoredRows> {
    let isOurs = false;
    for (let more = true; more && this.left > 0; ) {
      this.request.signal.throwIfAborted();
      more = false;
      for (const ranges of this.rangesAhead()) {
        const take = Math.min(this.request.chunkSize, this.left);
        const rows = await this.readRange(take, ranges, isOurs);
        if (rows.length === 0) continue;
        this.windows?.restart();
        const place = this.placeAt(rows, rows.length - 1);
        const placeName = this.nameOf(rows, rows.length - 1, this.orderIndexes);
        this.left -= rows.length;
        // Those of a window may be fewer than there are.
        more = rows.length === take || this.windows !== undefined;
        yield this.named(rows);
        this.place = place;
        this.placeName = placeName;
        isOurs = true;
        // After a range that was read to its end comes the next range; otherwise the next chunk starts after this one.
        if (more || this.left <= 0 || this.request.signal.aborted) break;
      }
    }
  }

  /** One query for each range, where a database does not walk them together. */
  private rangesAhead(): readonly (readonly SqlRange[] | undefined)[] {
    if (!this.place) return [undefined];
    const { order, dialect } = this.query;
    const ranges = rangesBehind(order, dialect, this.place);
    return dialect.walks === 'alternatives' ? [ranges] : ranges.map((range) => [range]);
  }

  private readRange(take: number, ranges: readonly SqlRange[] | undefined, isOurs: boolean): Promise<StoredRows> {
    if (!this.windows) return this.readChunk(take, ranges, isOurs);
    const { place, query } = this;
    const start = place && ranges && { place, ranges, inclusive: false };
    return this.windows.next(take, {
      read: (window) => this.readChunk(take, ranges, isOurs, window),
      count: async (window) => {
        const rows = await this.readCount(windowQuery(query, window, start));
        return Number(rows.clientValue(0, 0));
      },
    });
  }

  /**
   * Reads a chunk. A chunk that starts after a row of this stream reads that row again: if it comes first, the database understood the place.
   * If it does not come, since it was deleted, a query checks whether the first row comes after the place. So no stream reads rows twice,
   * whatever the database stores.
   */
  private async readChunk(
    take: number,
    ranges: readonly SqlRange[] | undefined,
    isOurs: boolean,
    window?: number,
  ): Promise<StoredRows> {
    const { place, query } = this;
    if (!place || !ranges) return this.read(chunkQuery(query, take, undefined, window));
    const start: ChunkStart = { place, ranges, inclusive: false };
    if (!isOurs) return this.read(chunkQuery(query, take, start, window));
    const inclusive = bringsItsPlace(query.order, start);
    const more = inclusive ? 1 : 0;
    const rows = await this.read(
      chunkQuery(query, take + more, { ...start, inclusive }, window === undefined ? undefined : window + more),
    );
    const first = rows.length > 0 ? this.placeAt(rows, 0) : undefined;
    if (inclusive && first?.every((value, index) => query.dialect.isSame(value, place[index])))
      return rows.withoutFirst();
    if (inclusive) this.assertKnown(place);
    if (!first) return rows;
    await this.assertBehind(first, place);
    return inclusive && rows.length > take ? this.read(chunkQuery(query, take, start, window)) : rows;
  }

  /** A row that the database does not find was deleted, or the driver changed its values. */
  private assertKnown(place: Place): void {
    const { order, dialect } = this.query;
    const column = order.find((_, index) => dialect.mayBeAnother?.(place[index]));
    if (!column) return;
    const { name: model } = this.options.model;
    const { name: field } = column.field;
    throw Object.assign(
      new StreamError(
        'stream.unreadable',
        `${model}.${field} holds bytes that are not text: the stream cannot continue after them`,
        {
          status: 'INTERNAL',
          phase: 'database',
          nextActions: ['correct the text in the database, or ask in another order'],
        },
      ),
      { model, field, key: this.placeName },
    );
  }

  private async assertBehind(later: Place, earlier: Place): Promise<void> {
    const answer = await this.readNumber(behindQuery(this.query, later, earlier));
    if (answer.length > 0) return;
    const order = this.query.order.map(({ field: { name }, direction }) => `${name} ${direction}`).join(', ');
    throw Object.assign(
      new StreamError('stream.out_of_order', 'the database returned a row twice: the stream cannot continue', {
        status: 'INTERNAL',
        phase: 'database',
        nextActions: ["look at the server's log for the place"],
      }),
      { model: this.options.model.name, order, place: this.placeName },
    );
  }

  private placeAt(rows: StoredRows, row: number): Place {
    return this.orderIndexes.map((column) => rows.storedValue(row, column));
  }

  /** The log names a row that cannot be sent by its key. */
  private named(rows: StoredRows): StoredRows {
    rows.nameOf = this.nameRow;
    return rows;
  }

  private nameOf(rows: StoredRows, row: number, columns: readonly number[]): string {
    const { fields } = this.options;
    return columns.map((column) => `${fields[column]?.name} ${printedAt(rows, row, column)}`).join(', ');
  }
}

/** A value for the log, also one that cannot be sent. */
function printedAt(rows: StoredRows, row: number, column: number): string {
  try {
    return printed(rows.clientValue(row, column));
  } catch (error) {
    if (error instanceof UnreadableValue) return '(unreadable)';
    throw error;
  }
}

/** The request that a stream's queries belong to. */
interface Reading {
  readonly request: ChunkRequest;
  readonly read: (fields: readonly ModelField[], how?: HowToRead) => ReadQuery;
}

function readingOf(database: SqlDatabase, request: ChunkRequest): Reading {
  return {
    request,
    read(fields, how) {
      const read = database.reader(fields, how);
      // In a transaction, the error of a kept statement that is gone would end the transaction.
      const asked = (query: SqlText) => (request.retry === false ? { ...query, keepsPlan: false } : query);
      return (query) => readAgain(() => read(asked(query), request.signal), request).catch(throwReadable);
    },
  };
}

/** A condition on a value that cannot be read has no answer. */
function throwReadable(error: unknown): never {
  if (!(error instanceof UnreadableValue)) throw error;
  throw new StreamError('stream.unreadable', error.message, { status: 'INTERNAL', phase: 'database' });
}

/** The order's columns, with the database's order of an enum's values where it compares them as texts. */
async function orderColumns(
  { model, fields, order }: SqlSourceOptions,
  { dialect }: SqlDatabase,
  { read }: Reading,
): Promise<readonly OrderColumn[]> {
  const columns: OrderColumn[] = [];
  for (const { field: name, direction = 'asc', nulls } of order) {
    const field = fields.find((candidate) => candidate.name === name);
    if (!field) throw new InternalError(`${model.name} is read in an order of ${name} without reading it`);
    const values =
      field.type === 'enum' && dialect.enumValues
        ? await enumValues(model, field, dialect.enumValues, read([TEXT]))
        : undefined;
    columns.push({ field, direction, nulls, values });
  }
  return columns;
}

async function enumValues(
  { name: model, table = model }: StreamedModel,
  { name, column = name }: ModelField,
  { query, parse }: NonNullable<SqlDialect['enumValues']>,
  read: ReadQuery,
): Promise<readonly StoredValue[]> {
  const rows = await read({ text: query, values: [table, column] });
  return parse(String(rows.length > 0 ? rows.clientValue(0, 0) : ''));
}

/** Columns of queries on other tables. */
const TEXT: ModelField = { name: 'text', number: 1, type: 'String' };
const NUMBER: ModelField = { name: 'number', number: 1, type: 'Int' };
const COUNT: ModelField = { name: 'count', number: 1, type: 'BigInt' };

/** A value for the log. */
function printed(value: unknown): string {
  if (value instanceof Date) return formatTimestamp(value);
  return value instanceof Uint8Array ? `0x${Buffer.from(value).toString('hex')}` : String(value);
}

/**
 * Checks that a model's table exists, with every column that is read. It reads no rows, and of SQLite one: the file may be damaged.
 *
 * @throws The database's error.
 */
export async function assertTable(model: StreamedModel, reader: SqlReader): Promise<void> {
  const dialect = sqlDialectOf(reader.provider);
  if (!dialect) return;
  const columns = model.fields.filter(({ type }) => type !== 'row').map((field) => columnSql(dialect, field));
  const rows = reader.provider === 'sqlite' ? 1 : 0;
  const select = `SELECT ${columns.join(', ')} FROM ${tableOf(model, { dialect, connection: reader })} LIMIT ${rows}`;
  await reader.queryRaw({ sql: `SELECT 1 FROM (${select}) AS probe`, args: [], argTypes: [] });
}

function tableOf(
  { name, table = name, schema }: StreamedModel,
  { dialect, connection }: { readonly dialect: SqlDialect; readonly connection: Pick<SqlReader, 'getConnectionInfo'> },
): string {
  return tableName(dialect, connection, { table, schema });
}
