import type { StreamingSettings } from '../../config/index.js';
import { InternalError, StreamError } from '../../errors/index.js';
import { cancellableAdapter } from '../database/cancel-queries.js';
import type { ModelField } from '../encode/model-field.js';
import { type RowEncoder, rawRowEncoder, rowEncoder } from '../encode/row-encoder.js';
import { readerOf, type SqlReader, type SqlReaderFactory } from '../internals/driver-adapter.js';
import { clientAdapterOf, hasNoExtensions } from '../internals/prisma-client.js';
import { type ChunkSource, mapSource, type RawRow, type Row, sourceWithin } from './chunk-source.js';
import { type KeyField, type StreamedModel, selectOf } from './define-model.js';
import { type KeyValues, keysetSource, type RowReader } from './keyset-source.js';
import { openSqlSnapshot, snapshotSource, type TransactingClient } from './snapshot-source.js';
import { canAskBySql, canReadBySql, sqlSource } from './sql-source.js';

/** Rows, and how to write such a row. */
export interface Reading<R> {
  readonly source: ChunkSource<R>;
  readonly encode: RowEncoder<R>;
}

/** Takes either kind of rows; whatever it does, it does without looking at them. */
export type UseReading = <R>(reading: Reading<R>) => void;

type Models = Readonly<Record<string, RowReader>>;

/** A database that rows are read from. */
export interface RowDatabase<M = Models> {
  /** A Prisma client, or anything else that has its models' `findMany`. */
  readonly prisma: M;
  /** Its driver adapter, for reads by SQL. */
  readonly adapter?: SqlReaderFactory;
}

/** `chunked` reads each chunk as the table is by then; `snapshot` reads every row as it was when the stream began. */
export type Consistency = 'chunked' | 'snapshot';

/** Which rows a stream reads, of which fields, and in which order. */
export interface RowsWanted {
  /** Prisma's `where`; undefined for every row. */
  readonly where: object | undefined;
  /** The fields to send; undefined for all. */
  readonly fields: readonly ModelField[] | undefined;
  readonly order: readonly KeyField[];
  readonly after: KeyValues | undefined;
  readonly upTo: KeyValues | undefined;
  readonly limit: number | undefined;
  /** Undefined leaves it to the server. */
  readonly consistency?: Consistency | undefined;
  /** Changes a row before it is encoded; null hides it. */
  readonly mapRow?: ((row: Row) => Row | null) | undefined;
}

type ReadModel = (wanted: RowsWanted, use: UseReading) => void;

/**
 * Chooses how a model's rows are read. Straight from the driver, where that is sure to give the same values: a database and types that
 * tests have proved, a client without extensions, no filter and no hook that narrows or changes rows. Through Prisma's client otherwise.
 */
export function modelReading(
  model: StreamedModel,
  { rawQueries, yieldTimeout }: StreamingSettings,
  { prisma, adapter }: RowDatabase,
): ReadModel {
  // Less than the time in which a stream must have had something, so that it can say what it waited for.
  const maxWaitMs = (yieldTimeout * 1000) / 2;
  const throughClient = clientReading(model, prisma, maxWaitMs);
  if (!rawQueries || !adapter || !canReadBySql(model, adapter) || !hasNoExtensions(prisma)) return throughClient;
  const bySql = sqlReading(model, adapter, maxWaitMs);
  return (wanted, use) => (!wanted.mapRow && canAskBySql(wanted, adapter) ? bySql : throughClient)(wanted, use);
}

function sqlReading(model: StreamedModel, adapter: SqlReaderFactory, maxWaitMs: number): ReadModel {
  return (wanted, use) => {
    const { fields, consistency } = wanted;
    const encode = fields ? rawRowEncoder(fields) : model.encodeRaw;
    const read = (reader: () => Promise<SqlReader>) => sqlSource({ reader, model, ...wanted });
    const source =
      consistency === 'snapshot'
        ? sourceWithin(
            (signal) => openSqlSnapshot(adapter, { signal, maxWaitMs }),
            (reader) => read(async () => reader),
          )
        : read(() => readerOf(adapter));
    use<RawRow>({ source, encode });
  };
}

function clientReading(model: StreamedModel, prisma: Models, maxWaitMs: number): ReadModel {
  delegateOf(model, prisma);
  const adapter = clientAdapterOf(prisma);
  if (adapter) cancellableAdapter(adapter);
  return (wanted, use) => {
    const { fields, order: key, consistency, mapRow } = wanted;
    const select = fields ? selectOf(fields) : model.select;
    const encode = fields ? rowEncoder(fields) : model.encode;
    const read = (client: Models) => keysetSource({ delegate: delegateOf(model, client), key, select, ...wanted });
    const snapshot: ChunkSource = (request) =>
      snapshotSource({ prisma: transacting(prisma), source: read, maxWaitMs })(request);
    const source = consistency === 'snapshot' ? snapshot : read(prisma);
    const places = [...key, ...model.key].map(({ field }) => field);
    use<Row>({ source: mapRow ? mapSource(source, mapRow, places) : source, encode });
  };
}

function delegateOf({ delegate: name }: StreamedModel, prisma: Models): RowReader {
  const { [name]: delegate } = prisma;
  if (!delegate) throw new InternalError(`the Prisma client has no model ${name}; run \`npx grpc-stream generate\``);
  return delegate;
}

/** What stands in for a client, in a test for example, may know no transactions. */
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
