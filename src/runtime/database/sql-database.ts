import { InternalError } from '../../errors/index.js';
import type { ModelField } from '../encode/model-field.js';
import { isSqliteDriver, sqliteDriverOf } from '../internals/better-sqlite3.js';
import { inAdapterWords, readerOf, type SqlReader, type SqlReaderFactory } from '../internals/driver-adapter.js';
import { cancellerOf, isMariaDbConnection, lenderOf } from '../internals/driver-pools.js';
import { canReadPgRows } from '../internals/pg-rows.js';
import { cancelledOn } from './cancel-queries.js';
import { mysqlDialect, mysqlRows } from './mysql.js';
import { postgresDialect, postgresRows } from './postgres.js';
import type { SqlDialect } from './sql-dialect.js';
import { addSqlFunctions, sqliteDialect, sqliteRows } from './sqlite.js';
import { sqliteDatabase } from './sqlite-database.js';
import type { ReadRows, SqlDatabase } from './stored-rows.js';

/** Runs work over a connection of the driver; the signal cancels it. */
type UseDriver = <T>(signal: AbortSignal, work: (driver: object) => Promise<T>) => Promise<T>;

/** The SQL dialect of a database, by the provider of its driver adapter; undefined for databases that have not been tested. */
export function sqlDialectOf(provider: string): SqlDialect | undefined {
  return KINDS.get(provider)?.dialect;
}

/**
 * The database behind a driver adapter; all streams share its connections. Undefined when the driver is not a known one.
 *
 * @throws The error of the connection attempt.
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
  if (sqlite) {
    const own = sqlDatabaseOver(connection, sqlite);
    return own && sqliteDatabase(connection, sqlite, own);
  }
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

/** The same over one connection, such as a transaction's; undefined when its driver is not a known one. */
export function sqlDatabaseOver(connection: SqlReader, driver: object, transaction?: object): SqlDatabase | undefined {
  if (!isKnownDriver(connection, driver)) return undefined;
  if (isSqliteDriver(driver)) addSqlFunctions(driver);
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
      return (query, signal) =>
        inAdapterWords(connection, signal, () => use(signal, (driver) => read(driver, query, signal)));
    },
  };
}

/** The dialect of a database, its driver, and how the driver's rows are read. */
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
    return async (driver, query, signal) => {
      if (isDriver(driver)) return read(driver, query, signal);
      throw new InternalError('a connection of another driver than before');
    };
  };
}

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['sqlite', { dialect: sqliteDialect, isDriver: isSqliteDriver, rows: guarded(sqliteRows, isSqliteDriver) }],
  ['postgres', { dialect: postgresDialect, isDriver: canReadPgRows, rows: guarded(postgresRows, canReadPgRows) }],
  ['mysql', { dialect: mysqlDialect, isDriver: isMariaDbConnection, rows: guarded(mysqlRows, isMariaDbConnection) }],
]);
