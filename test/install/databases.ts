import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { ScaffoldProvider } from '../../src/scaffold/index.js';
import type { DatabaseServer } from '../support/database-server.js';
import { startMariaDb } from '../support/mariadb.js';
import { startPostgres } from '../support/postgres.js';

/** An empty database of a cell's own. */
interface CellDatabase {
  /** Undefined for SQLite, whose file a project names itself. */
  readonly url?: string;
  run(script: string): Promise<void>;
}

/** Databases of one server of each kind, which starts with the first of them. */
export function openDatabases() {
  const servers = new Map<ScaffoldProvider, DatabaseServer>();
  let count = 0;
  const serverOf = async (provider: 'postgresql' | 'mysql') => {
    const server = servers.get(provider) ?? (await (provider === 'mysql' ? startMariaDb() : startPostgres()));
    servers.set(provider, server);
    return server;
  };
  return {
    async create(provider: ScaffoldProvider): Promise<CellDatabase> {
      if (provider === 'sqlite') return { run: () => Promise.reject(new Error('SQLite has no server')) };
      const { url } = await serverOf(provider);
      const name = `cell_${++count}`;
      await runScript(adapterOf(provider, url), `CREATE DATABASE ${name}`);
      const own = new URL(url);
      own.pathname = name;
      return { url: own.href, run: (script) => runScript(adapterOf(provider, own.href), script) };
    },
    async close(): Promise<void> {
      for (const server of servers.values()) await server.stop();
    },
  };
}

function adapterOf(provider: 'postgresql' | 'mysql', url: string): SqlDriverAdapterFactory {
  return provider === 'mysql' ? new PrismaMariaDb(url) : new PrismaPg({ connectionString: url });
}

async function runScript(adapter: SqlDriverAdapterFactory, script: string): Promise<void> {
  const connection = await adapter.connect();
  try {
    for (const sql of script.split(/;\s*(?:\n|$)/).filter((statement) => statement.trim() !== ''))
      await connection.executeRaw({ sql, args: [], argTypes: [] });
  } finally {
    await connection.dispose();
  }
}
