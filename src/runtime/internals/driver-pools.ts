import { processWide } from '../process-wide.js';
import type { SqlReader } from './driver-adapter.js';

/** One connection of a driver's pool, lent for one query. */
export interface DriverConnection {
  /** The adapter, over this connection alone. */
  readonly reader: Pick<SqlReader, 'queryRaw'>;
  /** The driver's own connection. */
  readonly driver: object;
  /** Ends the connection's query at the database. Never rejects; resolves when the request to end it was sent. */
  cancel(): Promise<void>;
  /** Gives it back to the pool, which discards a broken one. */
  release(broken: boolean): void;
}

/** Borrows a connection of the adapter's pool. */
export type LendConnection = () => Promise<DriverConnection>;

/**
 * How to borrow a connection from the pool beneath a driver adapter; undefined where that is impossible.
 *
 * Driver adapters cannot cancel, but return the driver's pool (`underlyingDriver`). They keep the pool in an undocumented property, and work
 * the same with one connection in its place. With another version of the adapter nothing is borrowed, and nothing cancelled.
 */
export function lenderOf(connection: SqlReader): LendConnection | undefined {
  const adapter = originals.get(connection) ?? connection;
  const pool = adapter.underlyingDriver?.();
  if (pool === undefined || Reflect.get(adapter, 'client') !== pool) return undefined;
  const over = (client: object): DriverConnection['reader'] => Object.create(adapter, { client: { value: client } });
  if (isPgPool(pool)) return () => lendOfPg(pool, over);
  if (isMariaDbPool(pool)) return () => lendOfMariaDb(pool, over);
  return undefined;
}

/**
 * How to cancel the query of a transaction at the database; undefined where that is impossible. On MariaDB this closes the connection, and
 * ends the transaction with it.
 */
export function cancellerOf(adapter: SqlReader, transaction: object): (() => Promise<void>) | undefined {
  const pool = adapter.underlyingDriver?.();
  const client: unknown = Reflect.get(transaction, 'client');
  if (pool === undefined || typeof client !== 'object' || client === null) return undefined;
  if (isPgPool(pool) && isPgClient(client)) return () => cancelOfPg(pool, client.processID);
  if (isMariaDbPool(pool) && isMariaDbConnection(client)) return async () => client.destroy();
  return undefined;
}

/** The driver's connection beneath a transaction of an adapter; undefined for another version of the adapter. */
export function driverOf(transaction: object): object | undefined {
  const client: unknown = Reflect.get(transaction, 'client');
  return client instanceof Object ? client : undefined;
}

const originals = processWide('originalReaders', WeakMap<SqlReader, SqlReader>);

/** A reader with some of its methods replaced. Connections are still borrowed from the original's pool. */
export function withMethods(reader: SqlReader, methods: Partial<SqlReader>): SqlReader {
  const changed: SqlReader = Object.create(reader, Object.getOwnPropertyDescriptors(methods));
  originals.set(changed, reader);
  return changed;
}

type Over = (client: object) => DriverConnection['reader'];

interface Emitter {
  on(event: 'error', listener: () => void): unknown;
  removeListener(event: 'error', listener: () => void): unknown;
}

/** An error of a connection also fails its query, which reports it. Without a listener, Node would end the process. */
const onError = () => {};

/** The part of `pg`'s pool and client that is used here. */
interface PgPool {
  readonly options: object;
  readonly Client: new (options: object) => PgClient;
  connect(): Promise<PgClient>;
}

interface PgClient extends Emitter {
  readonly processID: number;
  connect(): Promise<unknown>;
  query(sql: string, values: readonly unknown[]): Promise<unknown>;
  end(): Promise<void>;
  release(destroy: boolean): void;
}

async function lendOfPg(pool: PgPool, over: Over): Promise<DriverConnection> {
  const client = await pool.connect();
  client.on('error', onError);
  return {
    reader: over(client),
    driver: client,
    cancel: () => cancelOfPg(pool, client.processID),
    release(broken) {
      client.release(broken);
      if (!broken) client.removeListener('error', onError);
    },
  };
}

/** Over a new connection: all those of the pool may be waiting for the queries that must be cancelled. */
async function cancelOfPg({ Client, options }: PgPool, processId: number): Promise<void> {
  const canceller = new Client(options);
  canceller.on('error', onError);
  try {
    await canceller.connect();
    await canceller.query('SELECT pg_cancel_backend($1)', [processId]);
  } catch {
    // If the database accepts no connection, its own statement timeout ends the query.
  } finally {
    await canceller.end().catch(onError);
  }
}

/** The part of `mariadb`'s pool and connection that is used here. */
interface MariaDbPool {
  getConnection(): Promise<MariaDbConnection>;
}

export interface MariaDbConnection extends Emitter {
  execute(options: object, values: readonly unknown[]): Promise<unknown>;
  query(sql: string): Promise<unknown>;
  destroy(): void;
  release(): Promise<void>;
}

async function lendOfMariaDb(pool: MariaDbPool, over: Over): Promise<DriverConnection> {
  const connection = await pool.getConnection();
  connection.on('error', onError);
  return {
    reader: over(connection),
    driver: connection,
    // If a query runs, the driver sends KILL over a new connection.
    cancel: async () => connection.destroy(),
    release(broken) {
      if (broken) return connection.destroy();
      connection.removeListener('error', onError);
      // The pool discards a connection that it cannot take back.
      connection.release().catch(onError);
    },
  };
}

function isPgPool(pool: object): pool is PgPool {
  return hasMethod(pool, 'connect') && hasMethod(pool, 'Client') && typeof Reflect.get(pool, 'options') === 'object';
}

function isMariaDbPool(pool: object): pool is MariaDbPool {
  return hasMethod(pool, 'getConnection');
}

function isPgClient(client: object): client is PgClient {
  return typeof Reflect.get(client, 'processID') === 'number';
}

/** A connection of `mariadb`. */
export function isMariaDbConnection(client: object): client is MariaDbConnection {
  return ['execute', 'query', 'destroy'].every((name) => hasMethod(client, name));
}

function hasMethod(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === 'function';
}
