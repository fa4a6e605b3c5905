import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { EnvironmentError, UsageError } from '../../errors/index.js';
import type { SqlReaderFactory } from '../internals/driver-adapter.js';
import { clientAdapterOf } from '../internals/prisma-client.js';
import { MISSING_FILE } from './database-failure.js';

/** A database, as `runServer` is given it; it ends its connections. */
export interface ServedDatabase<Prisma> {
  readonly prisma: Prisma;
  readonly adapter: SqlReaderFactory;
}

/** What the `database.ts` of a project exports. */
export interface DatabaseModule<Prisma> {
  createPrisma(): Prisma;
  createAdapter(): SqlReaderFactory;
  /** What streams read from in the place of the database; undefined where `DATABASE_REPLICA_URL` names none. */
  readonly createReplica?: () => ServedDatabase<Prisma> | undefined;
}

/**
 * Opens the database of a project as its `database.ts` says, and the replica that `DATABASE_REPLICA_URL` names. Nothing is connected to
 * yet; a SQLite file that is missing is waited for, never made.
 *
 * @throws UsageError for a replica that the project cannot read from, and whatever `database.ts` throws.
 *
 * @example
 * import * as database from '../database.js';
 * await runServer({ ...openDatabase(database), createServices });
 */
export function openDatabase<Prisma extends object>(
  module: DatabaseModule<Prisma>,
): ServedDatabase<Prisma> & { readonly replica?: ServedDatabase<Prisma> } {
  const database = onlyExisting(
    { prisma: module.createPrisma(), adapter: module.createAdapter() },
    process.env.DATABASE_URL,
  );
  const replica = module.createReplica?.();
  if (replica) return { ...database, replica: onlyExisting(replica, process.env.DATABASE_REPLICA_URL) };
  if (process.env.DATABASE_REPLICA_URL) throw noReplica(database.adapter, module.createReplica !== undefined);
  return database;
}

function onlyExisting<Prisma extends object>(
  database: ServedDatabase<Prisma>,
  url: string | undefined,
): ServedDatabase<Prisma> {
  for (const adapter of [database.adapter, clientAdapterOf(database.prisma)]) if (adapter) onExistingFile(adapter, url);
  return database;
}

function noReplica({ provider }: SqlReaderFactory, isExported: boolean): UsageError {
  const unset = 'or unset DATABASE_REPLICA_URL: streams then read from DATABASE_URL';
  if (provider === 'sqlite') {
    return new UsageError('database.no_replica', 'DATABASE_REPLICA_URL is set, and SQLite has no replicas', {
      nextActions: ['unset it: every process of this machine can read the one file'],
    });
  }
  const why = isExported ? 'createReplica() of database.ts returns none' : 'database.ts has no createReplica()';
  return new UsageError('database.no_replica', `DATABASE_REPLICA_URL is set, and ${why}`, {
    nextActions: [
      'let createAdapter and createPrisma of database.ts take a URL: `createAdapter(url = databaseUrl())`',
      `${isExported ? 'and let it be' : 'and add to it'}: \`${CREATE_REPLICA}\``,
      unset,
    ],
  });
}

const CREATE_REPLICA =
  'export function createReplica() { const url = process.env.DATABASE_REPLICA_URL; return url ? { prisma: createPrisma(url), adapter: createAdapter(url) } : undefined; }';

/** @throws EnvironmentError when the URL names a SQLite file that is not there. */
export function assertFileExists({ provider }: Pick<SqlReaderFactory, 'provider'>, url: string | undefined): void {
  if (provider !== 'sqlite' || !url?.startsWith('file:')) return;
  /** Exactly what the driver makes of it. */
  const file = url.replace(/^file:/, '');
  if (file === ':memory:' || existsSync(file)) return;
  throw new EnvironmentError(MISSING_FILE, `the database file ${resolve(file)} does not exist`, {
    nextActions: ['create and fill it: `npx grpc-stream seed --rows 10000`', 'or only create it: `npx prisma db push`'],
  });
}

/** Lets an adapter open its SQLite file only where there is one: the driver would make an empty one in silence, for a path that was mistyped. */
export function onExistingFile(adapter: SqlReaderFactory, url: string | undefined): void {
  const connect = adapter.connect.bind(adapter);
  const connectToFile = async () => {
    assertFileExists(adapter, url);
    return connect();
  };
  Object.assign(adapter, { connect: connectToFile });
}
