import { InternalError } from '../../errors/index.js';
import type { ModelField } from '../encode/model-field.js';
import { isSqliteDriver, sqliteDriverOf } from '../internals/better-sqlite3.js';
import { adapterError, readerOf, type SqlReader, type SqlReaderFactory } from '../internals/driver-adapter.js';
import { cancellerOf, isMariaDbConnection, lenderOf } from '../internals/driver-pools.js';
import { canReadPgRows } from '../internals/pg-rows.js';
import { cancelledOn } from './cancel-queries.js';
import { mysqlDialect, mysqlRows } from './mysql.js';
import { postgresDialect, postgresRows } from './postgres.js';
import type { SqlDialect } from './sql-dialect.js';
import { addDateFunction, sqliteDialect, sqliteRows } from './sqlite.js';
import type { ReadRows, SqlText, StoredRows } from './stored-rows.js';

/** A database whose rows are read by SQL of ours, past the driver adapter: adapters change values on their way. */
export interface SqlDatabase {
  readonly dialect: SqlDialect;
  /** Says in which namespace tables are that name none. */
  readonly connection: Pick<SqlReader, 'getConnectionInfo'>;
  /**
   * Prepares to read rows of some fields, once a stream.
   *
   * @returns Asks a query; it is cancelled at the database when the signal is aborted, and rejects then.
   */
  reader(fields: readonly ModelField[]): (query: SqlText, signal: AbortSignal) => Promise<StoredRows>;
}

/** Does something over a connection of the driver's, which the signal cancels. */
type UseDriver = <T>(signal: AbortSignal, work: (driver: object) => Promise<T>) => Promise<T>;

/** How a database is spoken to, by Prisma's name of its adapters; undefined for those that have not been tried. */
export function sqlDialectOf(provider: string): SqlDialect | undefined {
  return KINDS.get(provider)?.dialect;
}

/**
 * The database behind a driver adapter, whose connections all streams share; undefined where the driver beneath it is none that is known.
 *
 * @throws What kept it from connecting.
 */
export async function openSqlDatabase(factory: SqlReaderFactory): Promise<SqlDatabase | undefined> {
  const connection = await readerOf(factory);
  const known = databases.get(connection);
  if (known) return known;
  const opening = openOver(connection);
  databases.set(connection, opening);
  opening.catch(() => databases.delete(connection));
  return opening;
}

/** Which driver it is takes a connection of the pool to see: once, and not once a stream. A failure is not remembered. */
const databases = new WeakMap<SqlReader, Promise<SqlDatabase | undefined>>();

async function openOver(connection: SqlReader): Promise<SqlDatabase | undefined> {
  const sqlite = sqliteDriverOf(connection);
  if (sqlite) return sqlDatabaseOver(connection, sqlite);
  const lend = lenderOf(connection);
  if (!lend) return undefined;
  const first = await lend();
  first.release(false);
  if (!isKnownDriver(connection, first.driver)) return undefined;
  return sqlDatabase(connection, async (signal, work) => {
    const lent = await lend();
    let failed = true;
    try {
      const result = await cancelledOn(
        signal,
        () => lent.cancel(),
        () => work(lent.driver),
      );
      failed = false;
      return result;
    } finally {
      lent.release(failed || signal.aborted);
    }
  });
}

/** The same over one connection, such as a transaction's; undefined where it is none that is known. */
export function sqlDatabaseOver(connection: SqlReader, driver: object, transaction?: object): SqlDatabase | undefined {
  if (!isKnownDriver(connection, driver)) return undefined;
  if (isSqliteDriver(driver)) addDateFunction(driver);
  const cancel = transaction && cancellerOf(connection, transaction);
  return sqlDatabase(connection, async (signal, work) => {
    signal.throwIfAborted();
    return cancel ? cancelledOn(signal, cancel, () => work(driver)) : work(driver);
  });
}

function isKnownDriver({ provider }: SqlReader, driver: object): boolean {
  return KINDS.get(provider)?.isDriver(driver) === true;
}

function sqlDatabase(connection: SqlReader, use: UseDriver): SqlDatabase {
  const kind = KINDS.get(connection.provider);
  if (!kind) throw new InternalError(`rows of ${connection.provider} are not read by SQL`);
  const { dialect, rows } = kind;
  return {
    dialect,
    connection,
    reader(fields) {
      const read = rows(fields);
      return async (query, signal) => {
        try {
          return await use(signal, (driver) => read(driver, query));
        } catch (error) {
          throw signal.aborted ? error : adapterError(connection, error);
        }
      };
    },
  };
}

/** How a database is spoken to, and how the rows of its driver are read. */
interface Kind {
  readonly dialect: SqlDialect;
  readonly isDriver: (driver: object) => boolean;
  readonly rows: (fields: readonly ModelField[]) => ReadRows<object>;
}

function guarded<Driver extends object>(
  rows: (fields: readonly ModelField[]) => ReadRows<Driver>,
  isDriver: (driver: object) => driver is Driver,
): Kind['rows'] {
  return (fields) => {
    const read = rows(fields);
    return async (driver, query) => {
      if (isDriver(driver)) return read(driver, query);
      throw new InternalError('a connection of another driver than before');
    };
  };
}

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['sqlite', { dialect: sqliteDialect, isDriver: isSqliteDriver, rows: guarded(sqliteRows, isSqliteDriver) }],
  ['postgres', { dialect: postgresDialect, isDriver: canReadPgRows, rows: guarded(postgresRows, canReadPgRows) }],
  ['mysql', { dialect: mysqlDialect, isDriver: isMariaDbConnection, rows: guarded(mysqlRows, isMariaDbConnection) }],
]);
