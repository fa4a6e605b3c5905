import type { StreamingSettings } from '../../config/index.js';
import { InternalError, StreamError } from '../../errors/index.js';
import { abortable } from '../../waits/index.js';
import { cancellableAdapter } from '../database/cancel-queries.js';
import type { Database } from '../database/open-database.js';
import { assertUtcSession, isZoned } from '../database/session-zone.js';
import { openSqlDatabase, sqlDialectOf } from '../database/sql-database.js';
import type { SqlDatabase } from '../database/stored-rows.js';
import { type Chunk, chunkOf } from '../encode/chunk.js';
import type { ModelField } from '../encode/model-field.js';
import { rowEncoder } from '../encode/row-encoder.js';
import type { SqlReaderFactory } from '../internals/driver-adapter.js';
import { clientAdapterOf, hasNoExtensions } from '../internals/prisma-client.js';
import type { StreamLogger } from '../logger.js';
import { type ChunkSource, chunksOf, type Row, type Source, sourceWithin } from './chunk-source.js';
import { allOf, type Condition, prismaWhere } from './condition.js';
import { type KeyField, type StreamedModel, selectOf } from './define-model.js';
import { assertExactThroughClient } from './exact-through-client.js';
import { scopeCondition, splitByIndex } from './index-served.js';
import { type KeysetSourceOptions, type KeyValues, keysetSource, type RowReader } from './keyset-source.js';
import { mappedRows } from './mapped-rows.js';
import { seenRows, seenSelect, withoutRelations } from './related-rows.js';
import { fieldsRead, limitSeen, type RowViews, viewOf, withConstants } from './row-view.js';
import { assertNoSearch } from './search-windows.js';
import { openSqlSnapshot, snapshotSource, type TransactingClient } from './snapshot-source.js';
import { type Settled, sqlSource } from './sql-source.js';

type Models = Readonly<Record<string, RowReader>>;

/** `chunked` reads each chunk from the current table; `snapshot` reads every row as it was when the stream began. */
export type Consistency = 'chunked' | 'snapshot';

/** Which rows a stream reads, of which fields, and in which order. */
export interface RowsWanted {
  /** The rows that the request asks for; undefined for every row. */
  readonly filter: Condition | undefined;
  /** What the caller sees of the rows of each model; undefined where no model has hooks. */
  readonly views?: RowViews | undefined;
  /** The fields to send; undefined for all. */
  readonly fields: readonly ModelField[] | undefined;
  readonly order: readonly KeyField[];
  readonly after: KeyValues | undefined;
  readonly upTo: KeyValues | undefined;
  readonly limit: number | undefined;
  /** Undefined: the server decides. */
  readonly consistency?: Consistency | undefined;
  /** Whether to end before the first row that rows of unfinished transactions may still precede. */
  readonly settled?: boolean | undefined;
}

/** How a model is read. */
export interface ModelReading {
  /** Reads rows. @throws StreamError FAILED_PRECONDITION for rows that cannot be read exactly. */
  read(wanted: RowsWanted): Source<Chunk>;
  /** Checks what every read depends on. @throws EnvironmentError */
  assertReady(): Promise<void>;
}

export interface ModelReadingOptions {
  readonly settings: Pick<StreamingSettings, 'rawQueries' | 'yieldTimeout' | 'settleDelay' | 'maxScan'>;
  /** Gets one warning when rows cannot be read by SQL because of the driver's version. */
  readonly logger?: StreamLogger | undefined;
}

/**
 * Chooses how a model's rows are read: by SQL, in the database's own form, for the databases that tests cover; through Prisma's client for a
 * client with extensions, for models that include rows of other models, and for scopes on relations.
 */
export function modelReading(
  model: StreamedModel,
  { prisma, adapter }: Database<Models>,
  { settings: { rawQueries, yieldTimeout, settleDelay, maxScan }, logger }: ModelReadingOptions,
): ModelReading {
  // Less than the yield timeout, so that the stream can report what it waited for.
  const maxWaitMs = (yieldTimeout * 1000) / 2;
  const throughClient = clientReading(model, prisma, { maxWaitMs, maxScan });
  if (!rawQueries || !adapter || !canReadBySql(model, adapter) || !hasNoExtensions(prisma)) return throughClient;
  const bySql = sqlReading(model, adapter, { maxWaitMs, delayMs: settleDelay * 1000, maxScan });
  let isWarned = false;
  return {
    read(wanted) {
      const where = wanted.views && viewOf(wanted.views, model.name).scope;
      const scope = where && scopeCondition(where, model);
      if (where && !scope) return throughClient.read(wanted);
      return async function* (request) {
        if (await isSqlPossible(adapter, request.signal)) return yield* bySql(wanted, scope)(request);
        if (!isWarned) logger?.warn({ model: model.name, adapter: adapter.provider }, UNKNOWN_DRIVER);
        isWarned = true;
        yield* throughClient.read(wanted)(request);
      };
    },
    assertReady: async () => {},
  };
}

const UNKNOWN_DRIVER =
  "Rows are read through Prisma's client, which is slower: this version of grpc-stream does not know the version of the driver or of its adapter";

/** False for another version of the driver. A database that cannot be reached counts as possible: the read reports the failure. */
async function isSqlPossible(adapter: SqlReaderFactory, signal: AbortSignal): Promise<boolean> {
  try {
    return (await abortable(openSqlDatabase(adapter), signal)) !== undefined;
  } catch {
    return true;
  }
}

/** Whether SQL can read a model's rows: on the databases that tests cover, and for models that do not include rows of other models. */
function canReadBySql({ fields, provider }: StreamedModel, adapter: SqlReaderFactory): boolean {
  const isProved = provider === undefined || ['sqlite', 'postgresql', 'mysql'].includes(provider);
  return isProved && sqlDialectOf(adapter.provider) !== undefined && fields.every(({ type }) => type !== 'row');
}

interface ReadingLimits {
  readonly maxWaitMs: number;
  /** 0 for no limit. */
  readonly maxScan: number;
}

function sqlReading(
  model: StreamedModel,
  adapter: SqlReaderFactory,
  { maxScan, ...waits }: ReadingLimits & Pick<Settled, 'delayMs'>,
) {
  const shared = async () => (await openSqlDatabase(adapter)) ?? missing();
  return (wanted: RowsWanted, scope: Condition | undefined): Source<Chunk> => {
    const { consistency, views, fields: sent = model.fields, limit, filter } = wanted;
    const bounded = maxScan > 0 && filter ? splitByIndex(filter, model, scope) : undefined;
    const condition = allOf(scope, bounded ? bounded.served : filter);
    const search = bounded?.searched && { condition: bounded.searched, mostRows: maxScan };
    const view = views && viewOf(views, model.name);
    // A hook decides by the whole row, whatever the request reads of it.
    const fields = view ? fieldsRead(view.map ? model.fields : sent, view) : sent;
    const settled = wanted.settled ? waits : undefined;
    const rowsOf = (database: () => Promise<SqlDatabase>) =>
      sqlSource({
        ...wanted,
        limit: view?.map ? undefined : limit,
        database,
        model,
        fields,
        condition,
        search,
        settled,
        encoded: !view?.map,
      });
    const stored =
      consistency === 'snapshot'
        ? sourceWithin(
            (signal) => openSqlSnapshot(adapter, { signal, maxWaitMs: waits.maxWaitMs }),
            (database) => rowsOf(async () => database),
          )
        : rowsOf(shared);
    if (!view) return stored;
    if (!view.map) return withConstants(stored, sent, view, model.name);
    return limitSeen(mappedRows(stored, { fields, sent, view }), limit, {
      lengthOf: ({ length }) => length,
      first: (chunk, length) => ({ ...chunk, length }),
    });
  };
}

function missing(): never {
  throw new InternalError('a database that was read by SQL can no longer be read by SQL');
}

function clientReading(model: StreamedModel, prisma: Models, { maxWaitMs, maxScan }: ReadingLimits): ModelReading {
  delegateOf(model, prisma);
  const inUtc = utcSessions(model, prisma);
  const adapter = clientAdapterOf(prisma);
  if (adapter) cancellableAdapter(adapter);
  const read = (wanted: RowsWanted): Source<Chunk> => {
    assertExactThroughClient(model, wanted);
    const { fields: sent, order: key, consistency, views, filter } = wanted;
    const encode = sent ? rowEncoder(sent) : model.encode;
    const scope = views && viewOf(views, model.name).scope;
    if (maxScan > 0 && filter)
      assertNoSearch(splitByIndex(filter, model, scope && scopeCondition(scope, model)), model.name);
    const conditions = [scope, filter && prismaWhere(filter, model.provider)].filter(
      (condition) => condition !== undefined,
    );
    const where = conditions.length > 0 ? { AND: conditions } : undefined;
    const rowsOf = (client: Models): ChunkSource => {
      const options = { ...wanted, delegate: delegateOf(model, client), key, where };
      return async function* (request) {
        await inUtc();
        if (views) yield* seenSource(model, { ...options, views, sent, client })(request);
        else yield* keysetSource({ ...options, select: sent ? selectOf(sent) : model.select })(request);
      };
    };
    const snapshot: Source<readonly Row[]> = (request) =>
      snapshotSource({ prisma: transacting(prisma), source: rowsOf, maxWaitMs })(request);
    const source = consistency === 'snapshot' ? snapshot : rowsOf(prisma);
    return chunksOf(source, (rows) =>
      chunkOf(rows, encode, (row) => model.key.map(({ field }) => `${field} ${row[field]}`).join(', ')),
    );
  };
  return { read, assertReady: inUtc };
}

interface SeenSourceOptions extends Omit<KeysetSourceOptions, 'select'> {
  readonly views: RowViews;
  readonly sent: readonly ModelField[] | undefined;
  readonly client: Models;
}

/** Reads the rows that a caller sees. */
function seenSource(
  model: StreamedModel,
  { views, sent = model.fields, client, ...options }: SeenSourceOptions,
): ChunkSource {
  const whole = viewOf(views, model.name);
  const { map } = whole;
  // A hook decides by all columns, whatever the request reads of them; a relation is read only for a request that reads it.
  const isWanted = (field: ModelField) => sent.includes(field) || (map !== undefined && field.type !== 'row');
  const fields = fieldsRead(model.fields.filter(isWanted), whole);
  const leftOut = model.fields.filter((field) => field.type === 'row' && !sent.includes(field));
  const view = withoutRelations(model.name, whole, leftOut);
  const read = keysetSource({ ...options, limit: map ? undefined : options.limit, select: seenSelect(fields, views) });
  const seen: ChunkSource = async function* (request) {
    const related = (other: Pick<StreamedModel, 'delegate'>) => delegateOf(other, client);
    for await (const chunk of read(request)) {
      const rows = await seenRows(chunk, { fields, view, views, delegateOf: related, request });
      yield rows.filter((row) => row !== null);
    }
  };
  return map ? limitSeen(seen, options.limit, ROWS) : seen;
}

const ROWS = {
  lengthOf: (rows: readonly Row[]) => rows.length,
  first: (rows: readonly Row[], length: number) => rows.slice(0, length),
};

/** Checks once, for models whose values depend on it; after a failure it checks again. */
function utcSessions({ fields, provider }: StreamedModel, prisma: Models): () => Promise<void> {
  if (!fields.some((field) => isZoned(field, provider))) return async () => {};
  let asked: Promise<void> | undefined;
  return () => {
    asked ??= assertUtcSession(prisma, provider).catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
}

function delegateOf({ delegate: name }: Pick<StreamedModel, 'delegate'>, prisma: Models): RowReader {
  const delegate = Object.hasOwn(prisma, name) || !(name in Object.prototype) ? prisma[name] : undefined;
  if (!delegate) throw new InternalError(`the Prisma client has no model ${name}; run \`npx grpc-stream generate\``);
  return delegate;
}

/** An object that stands in for a client, such as in a test, may have no transactions. */
function transacting(prisma: Models): TransactingClient<Models> {
  if (hasTransactions(prisma)) return prisma;
  throw new StreamError('stream.no_snapshot', 'this server cannot read a snapshot; leave `consistency` unset', {
    status: 'UNIMPLEMENTED',
    phase: 'request',
  });
}

function hasTransactions(prisma: object): prisma is TransactingClient<Models> {
  return typeof Reflect.get(prisma, '$transaction') === 'function';
}
