import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import Sqlite from 'better-sqlite3';
import * as mariadb from 'mariadb';
import pg from 'pg';
import type { DatabaseProvider } from '../../../src/model/index.js';
import type { SqlReaderFactory } from '../../../src/runtime/index.js';
import { startMariaDb } from '../../support/mariadb.js';
import { startPostgres } from '../../support/postgres.js';
import { MARIADB_SETUP } from './kinds-mariadb.js';
import { POSTGRES_SETUP } from './kinds-postgres.js';

/** A database that is filled and asked by its own client, past this package and past Prisma. */
export interface StoredDatabase {
  readonly provider: DatabaseProvider;
  /** What a server reads it through: with the defaults of the database, not those of the client beside it. */
  adapter(): SqlReaderFactory;
  run(sql: string): Promise<void>;
  /** Rows as the database's own client returns them, a column a value. */
  rows(sql: string): Promise<readonly (readonly unknown[])[]>;
  stop(): Promise<void>;
}

export async function sqliteDatabase(): Promise<StoredDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-exact-'));
  const file = join(folder, 'exact.db');
  const client = new Sqlite(file);
  client.pragma('journal_mode = WAL');
  client.pragma('synchronous = OFF');
  return {
    provider: 'sqlite',
    adapter: () => new PrismaBetterSqlite3({ url: `file:${file}` }),
    run: async (sql) => void client.exec(sql),
    rows: async (sql) => client.prepare(sql).raw().safeIntegers().all() as unknown[][],
    async stop() {
      client.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Defaults of a database that change how values are printed and read, but never what they are. */
const POSTGRES_DEFAULTS = [
  "TimeZone = 'America/New_York'",
  "DateStyle = 'SQL, DMY'",
  "IntervalStyle = 'sql_standard'",
  "bytea_output = 'escape'",
  'extra_float_digits = -15',
];

/** A PostgreSQL whose database is in New York, and prints as few people expect. */
export async function postgresDatabase(): Promise<StoredDatabase> {
  const server = await startPostgres();
  const client = new pg.Client({
    connectionString: server.url,
    // Every value as the text that PostgreSQL prints.
    types: { getTypeParser: () => (value: string | Buffer) => value },
    options: '-c TimeZone=UTC -c DateStyle=ISO -c extra_float_digits=1 -c bytea_output=hex',
  });
  await client.connect();
  for (const sql of POSTGRES_SETUP) await client.query(sql);
  for (const setting of POSTGRES_DEFAULTS) await client.query(`ALTER DATABASE postgres SET ${setting}`);
  return {
    provider: 'postgresql',
    adapter: () => new PrismaPg({ connectionString: server.url }),
    run: async (sql) => void (await client.query(sql)),
    rows: async (sql) => (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows,
    async stop() {
      await client.end();
      await server.stop();
    },
  };
}

/** A MariaDB whose server is in a zone of its own. */
export async function mariaDbDatabase(): Promise<StoredDatabase> {
  const server = await startMariaDb();
  const { hostname: host, port } = new URL(server.url);
  const client = await mariadb.createConnection({
    ...{ host, port: Number(port), user: 'root', database: 'library', timezone: 'Z', dateStrings: true },
    ...{ bigIntAsNumber: false, decimalAsNumber: false, multipleStatements: false },
  });
  for (const sql of MARIADB_SETUP) await client.query(sql);
  await client.query("SET time_zone = '+00:00', sql_mode = @@GLOBAL.sql_mode");
  return {
    provider: 'mysql',
    adapter: () => new PrismaMariaDb(server.url),
    run: async (sql) => void (await client.query(sql)),
    // The binary protocol: its numbers have all of their digits.
    rows: async (sql) => await client.execute<unknown[][]>({ sql, rowsAsArray: true }),
    async stop() {
      await client.end();
      await server.stop();
    },
  };
}
