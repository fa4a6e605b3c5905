import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { expect } from 'vitest';
import { defaultStreamingSettings } from '../../src/config/index.js';
import { closeReader } from '../../src/runtime/index.js';
import { modelReading, type RowsWanted } from '../../src/runtime/rows/model-reading.js';
import { idsOfChunks } from './chunk-ids.js';
import type { DatabaseServer } from './database-server.js';
import { missingMariaDb, startMariaDb } from './mariadb.js';
import { type Client, openProject } from './open-project.js';
import { startPostgres } from './postgres.js';

/** Settings of a pool, in words that both drivers' settings are made of. */
export interface PoolSettings {
  readonly connections?: number;
  readonly statementTimeoutMs?: number;
}

/** A table `Note` of twenty rows on a real database server, which an administrator gets in the way of. */
export interface NotesDatabase {
  /** Opens it with a pool of its own, that `stop` ends. */
  open(settings?: PoolSettings): NotesReader;
  /** Keeps everybody from reading the table, until the function that it returns is called. */
  lock(): Promise<() => Promise<void>>;
  /** Waits until so many queries wait for the lock. */
  queriesWaiting(count: number): Promise<void>;
  /** Ends every connection but the administrator's own. */
  killConnections(): Promise<void>;
  readonly restart: DatabaseServer['restart'];
  stop(): Promise<void>;
}

export interface NotesReader {
  readonly prisma: Client;
  readonly adapter: SqlDriverAdapterFactory;
  /** Reads the table by chunks of three rows, on either road. */
  ids(options: ReadNotes): Promise<number[]>;
}

export interface ReadNotes extends Pick<RowsWanted, 'consistency'> {
  readonly rawQueries: boolean;
  readonly yieldTimeout?: number;
  readonly signal?: AbortSignal;
  readonly onRetry?: (error: unknown) => void;
  /** What happens after every chunk. */
  readonly onChunk?: (chunk: number) => Promise<unknown> | undefined;
}

/** Both ways to read a table, for `it.each`: their names, and whether `rawQueries` is set. */
export const ROADS = [
  ['by SQL', true],
  ["through Prisma's client", false],
] as const;

export const NOTE_IDS = Array.from({ length: 20 }, (_, index) => index + 1);

const schemaFor = (provider: string) => `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "${provider}"
}
model Note {
  id   Int    @id
  text String
}
`;

const MARIADB_TABLE = 'CREATE TABLE `Note` (`id` INTEGER NOT NULL, `text` VARCHAR(191) NOT NULL, PRIMARY KEY (`id`))';

/** What differs between the databases. */
interface Kind {
  readonly provider: string;
  readonly tables?: readonly string[];
  adapter(settings: PoolSettings): SqlDriverAdapterFactory;
  readonly lock: string;
  readonly unlock?: string;
  /** The id of the connection that asks. */
  readonly self: string;
  /** Counts the queries that wait. */
  readonly waiting: string;
  /** Lists the ids of all connections but the one that asks. */
  readonly others: string;
  kill(id: unknown): string;
}

/** The databases that a server stands behind, and why one cannot be had here. */
export const notesDatabases = {
  PostgreSQL: { missing: undefined, start: startPostgresNotes },
  MariaDB: { missing: missingMariaDb(), start: startMariaDbNotes },
} as const;

async function startPostgresNotes(): Promise<NotesDatabase> {
  const server = await startPostgres();
  const adapter = ({ connections = 4, statementTimeoutMs = 0 }: PoolSettings) =>
    new PrismaPg({ connectionString: server.url, max: connections, statement_timeout: statementTimeoutMs });
  return notes(server, {
    provider: 'postgresql',
    adapter,
    lock: 'LOCK TABLE "Note" IN ACCESS EXCLUSIVE MODE',
    self: 'SELECT pg_backend_pid()',
    waiting: `SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%"Note"%'`,
    others: `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    kill: (id) => `SELECT pg_terminate_backend(${id})`,
  });
}

async function startMariaDbNotes(): Promise<NotesDatabase> {
  const server = await startMariaDb();
  const adapter = ({ connections = 4, statementTimeoutMs = 0 }: PoolSettings) => {
    const { hostname, port, pathname } = new URL(server.url);
    const seconds = statementTimeoutMs / 1000;
    return new PrismaMariaDb({
      ...{ host: hostname, port: Number(port), user: 'root', database: pathname.slice(1) },
      connectionLimit: connections,
      // Only where it is asked for: a server that dies during it leaves a rejection in the driver that nobody can handle.
      ...(seconds > 0 ? { initSql: `SET SESSION max_statement_time = ${seconds}` } : {}),
    });
  };
  return notes(server, {
    provider: 'mysql',
    tables: [MARIADB_TABLE],
    adapter,
    lock: 'LOCK TABLES `Note` WRITE',
    unlock: 'UNLOCK TABLES',
    self: 'SELECT connection_id()',
    waiting: `SELECT CAST(count(*) AS INT) FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'`,
    others: `SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND user = 'root'`,
    kill: (id) => `KILL ${id}`,
  });
}

/** What work fails with; fails the test when it does not. */
export function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => expect.fail(`it ended well, with ${value}`),
    (error: unknown) => error,
  );
}

async function notes(server: DatabaseServer, kind: Kind): Promise<NotesDatabase> {
  const project = await openProject(schemaFor(kind.provider), () => kind.adapter({}), kind.tables);
  await project.delegate('note').createMany({ data: NOTE_IDS.map((id) => ({ id, text: `note ${id}` })) });
  const model = await project.model('Note');
  const adapters: SqlDriverAdapterFactory[] = [];
  let locking: unknown;
  const administer = async <T>(work: (connection: Administrator) => Promise<T>): Promise<T> => {
    const connection = await kind.adapter({ connections: 1 }).connect();
    try {
      return await work(connection);
    } finally {
      await connection.dispose();
    }
  };
  return {
    open(settings = {}) {
      const adapter = kind.adapter(settings);
      adapters.push(adapter);
      const prisma = project.another(adapter);
      const models = { prisma: prisma as never, adapter };
      const ids = async ({ rawQueries, yieldTimeout = 30, consistency, ...options }: ReadNotes) => {
        const settings = { ...defaultStreamingSettings, rawQueries, yieldTimeout };
        const { read } = modelReading(model, models, { settings });
        return idsOfChunks(read({ ...EVERYTHING, order: model.key, consistency }), 3, options);
      };
      return { prisma, adapter, ids };
    },
    async lock() {
      const connection = await kind.adapter({ connections: 1 }).connect();
      const transaction = await connection.startTransaction();
      await transaction.executeRaw(query(kind.lock));
      const { rows } = await transaction.queryRaw(query(kind.self));
      locking = rows[0]?.[0];
      return async () => {
        if (kind.unlock) await transaction.executeRaw(query(kind.unlock));
        else await transaction.executeRaw(query('COMMIT'));
        await transaction.commit();
        await connection.dispose();
      };
    },
    queriesWaiting: (count) =>
      administer((connection) =>
        expect
          .poll(async () => Number((await connection.queryRaw(query(kind.waiting))).rows[0]?.[0]), { timeout: 30_000 })
          .toBe(count),
      ),
    killConnections: () =>
      administer(async (connection) => {
        const { rows } = await connection.queryRaw(query(kind.others));
        for (const [id] of rows)
          if (String(id) !== String(locking)) await connection.queryRaw(query(kind.kill(id))).catch(gone);
      }),
    restart: server.restart,
    async stop() {
      for (const adapter of adapters) await closeReader(adapter);
      await project.close();
      await server.stop();
    },
  };
}

type Administrator = Awaited<ReturnType<SqlDriverAdapterFactory['connect']>>;

const EVERYTHING = { filter: undefined, fields: undefined, after: undefined, upTo: undefined, limit: undefined };

/** A connection may end by itself between being listed and being killed. */
function gone(error: unknown): void {
  if (!/unknown thread id/i.test(String(error))) throw error;
}

function query(sql: string) {
  return { sql, args: [], argTypes: [] };
}
