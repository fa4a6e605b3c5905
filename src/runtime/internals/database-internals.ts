import { isSqliteDriver, type SqliteDriver, sqliteModuleOf } from './better-sqlite3.js';
import { commitTransaction, hasAdapterErrors, type SqlReader } from './driver-adapter.js';
import { cancellerOf, driverOf, isMariaDbConnection, lenderOf } from './driver-pools.js';
import type { Internal } from './internal.js';
import { canReadPgRows } from './pg-rows.js';
import { clientInternals } from './prisma-client.js';

/**
 * Checks Prisma's client, its driver adapter and the driver for the undocumented parts that streams use. To see the parts of a transaction,
 * it begins one and commits it.
 *
 * @param connection What the driver adapter connected to.
 * @throws What the driver throws when the database does not answer.
 */
export async function databaseInternals(prisma: object, connection: SqlReader): Promise<readonly Internal[]> {
  const driver = DRIVERS.get(connection.provider);
  // Streams of other databases use the client alone.
  if (!driver) return clientInternals(prisma);
  const beneath = await driverBeneath(connection);
  return [
    ...clientInternals(prisma),
    {
      name: 'the client property of the driver adapter',
      works: beneath !== undefined,
      means: 'reads by SQL, and queries that end with their stream',
    },
    // Without the adapter's property the driver cannot be checked: only the property counts as missing.
    { name: driver.parts, works: beneath === undefined || driver.isKnown(beneath), means: 'reads by SQL' },
    ...(beneath && isSqliteDriver(beneath) ? [moduleOf(beneath)] : []),
    {
      name: "the client property of the driver adapter's transactions",
      works: await hasTransactions(connection, driver),
      means: 'snapshots',
    },
    {
      name: 'the onError method of the driver adapter',
      works: hasAdapterErrors(connection),
      means: "failures in Prisma's words",
    },
  ];
}

function moduleOf(driver: SqliteDriver): Internal {
  return {
    name: 'better-sqlite3 among the modules that Node has loaded',
    works: sqliteModuleOf(driver) !== undefined,
    means: 'long queries that hold up no other stream',
  };
}

interface Driver {
  /** The name of what is used of it. */
  readonly parts: string;
  readonly isKnown: (driver: object) => boolean;
}

const DRIVERS: ReadonlyMap<string, Driver> = new Map([
  ['sqlite', { parts: 'the methods of a better-sqlite3 database', isKnown: isSqliteDriver }],
  ['postgres', { parts: "the socket of pg's Client", isKnown: canReadPgRows }],
  ['mysql', { parts: 'the methods of a connection of mariadb', isKnown: isMariaDbConnection }],
]);

async function driverBeneath(connection: SqlReader): Promise<object | undefined> {
  if (connection.provider === 'sqlite') return driverOf(connection);
  const lent = await lenderOf(connection)?.();
  lent?.release(false);
  return lent?.driver;
}

async function hasTransactions(connection: SqlReader, { isKnown }: Driver): Promise<boolean> {
  const transaction = await connection.startTransaction?.();
  if (!transaction) return false;
  try {
    const client = driverOf(transaction);
    const isCancellable = connection.provider === 'sqlite' || cancellerOf(connection, transaction) !== undefined;
    return client !== undefined && isKnown(client) && isCancellable;
  } finally {
    await commitTransaction(transaction);
  }
}
