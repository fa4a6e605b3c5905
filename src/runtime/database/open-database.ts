import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { EnvironmentError, UsageError } from '../../errors/index.js';
import type { SqlReaderFactory } from '../internals/driver-adapter.js';
import { clientAdapterOf } from '../internals/prisma-client.js';
import { MISSING_FILE, WRONG_SCHEMA } from './database-failure.js';

/** A database that rows are read from. */
export interface Database<Prisma> {
  /** A Prisma client, or anything else that has its models' `findMany`. */
  readonly prisma: Prisma;
  /**
   * The driver adapter of the same database. With it, rows are read by SQL, which is exact and costs less than half of `findMany`
   * (`npm run bench:runtime`). Without it, or when the client has extensions, every row comes through the client.
   */
  readonly adapter?: SqlReaderFactory;
}

/** What the `database.ts` of a project exports. */
export interface DatabaseModule<Prisma> {
  createPrisma(): Prisma;
  createAdapter(): SqlReaderFactory;
  /** The database that streams read from instead; undefined where `DATABASE_REPLICA_URL` is not set. */
  readonly createReplica?: () => Required<Database<Prisma>> | undefined;
}

/**
 * Opens the database of a project as its `database.ts` says, and the replica that `DATABASE_REPLICA_URL` names. Does not connect yet. Never
 * creates a missing SQLite file: queries fail until the file exists.
 *
 * @throws UsageError for a replica that the project cannot read from, and any error that `database.ts` throws.
 *
 * @example
 * import * as database from '../database.js';
 * await runServer({ ...openDatabase(database), createServices });
 *
 *
 */
export function openDatabase<Prisma extends object>(
  module: DatabaseModule<Prisma>,
): Required<Database<Prisma>> & { readonly replica?: Required<Database<Prisma>> } {
  const { DATABASE_URL, DATABASE_REPLICA_URL } = process.env;
  const database = guarded({ prisma: module.createPrisma(), adapter: module.createAdapter() }, DATABASE_URL);
  const replica = module.createReplica?.();
  if (replica) return { ...database, replica: guarded(replica, DATABASE_REPLICA_URL) };
  if (DATABASE_REPLICA_URL) throw noReplica(database.adapter, module.createReplica !== undefined);
  return database;
}

/** Checks connections before they are used: where they do not follow the URL, streams would read other rows. */
function guarded<Prisma extends object>(
  database: Required<Database<Prisma>>,
  url: string | undefined,
): Required<Database<Prisma>> {
  for (const adapter of [database.adapter, clientAdapterOf(database.prisma)]) {
    if (!adapter) continue;
    onExistingFile(adapter, url);
    inNamedSchema(adapter, url);
  }
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
  /** As the driver reads the URL. */
  const file = url.replace(/^file:/, '');
  if (file === ':memory:' || existsSync(file)) return;
  throw new EnvironmentError(MISSING_FILE, `the database file ${resolve(file)} does not exist`, {
    nextActions: ['create and fill it: `npx grpc-stream seed --rows 10000`', 'or only create it: `npx prisma db push`'],
  });
}

/** Lets an adapter open its SQLite file only if it exists: for a mistyped path the driver would create an empty file. */
export function onExistingFile(adapter: SqlReaderFactory, url: string | undefined): void {
  const connect = adapter.connect.bind(adapter);
  const connectToFile = async () => {
    assertFileExists(adapter, url);
    return connect();
  };
  Object.assign(adapter, { connect: connectToFile });
}

/** Lets an adapter connect only to the schema that the URL names: drivers ignore `?schema=`, and would read the tables of another schema. */
function inNamedSchema(adapter: SqlReaderFactory, url: string | undefined): void {
  const named = adapter.provider === 'postgres' ? schemaIn(url) : undefined;
  if (named === undefined) return;
  const connect = adapter.connect.bind(adapter);
  const connectToSchema = async () => {
    const connection = await connect();
    const { schemaName = 'public' } = connection.getConnectionInfo?.() ?? {};
    if (schemaName === named) return connection;
    await connection.dispose();
    throw new EnvironmentError(
      WRONG_SCHEMA,
      `the database URL names the schema ${named}, and the driver adapter reads ${schemaName}`,
      {
        nextActions: [
          `pass it on in database.ts: new PrismaPg(…, { schema: '${named}' })`,
          'or leave ?schema= out of the URL',
        ],
      },
    );
  };
  Object.assign(adapter, { connect: connectToSchema });
}

function schemaIn(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? (new URL(url).searchParams.get('schema') ?? undefined) : undefined;
}
