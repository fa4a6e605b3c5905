import { InternalError } from '../../errors/index.js';
import type { BenchSetting } from '../../results/index.js';
import type { Child } from './child-process.js';
import type { PreparedTable } from './prepare-tables.js';
import type { ProcessPool } from './process-pool.js';
import { openProxies } from './proxies.js';
import { type ServedTable, serveTable } from './served-table.js';
import type { BenchTarget } from './target.js';

export interface ServeTablesOptions {
  readonly target: BenchTarget;
  readonly tables: readonly PreparedTable[];
}

/** A server of each table, and the clients that read them. */
export interface ServedTables {
  readonly client: Child;
  /** The one whose rows have the size that a setting asks for. */
  of(setting: BenchSetting): ServedTable;
  /** Another server of that table, which has streamed nothing before. */
  fresh(setting: BenchSetting): Promise<ServedTable>;
  end(): Promise<void>;
}

/** Starts the processes that stream. */
export async function serveTables(pool: ProcessPool, { target, tables }: ServeTablesOptions): Promise<ServedTables> {
  const client = await pool.start('client', process.env);
  const proxies = openProxies(pool);
  const serve = (prepared: PreparedTable) => serveTable(pool, { target, client, proxies, prepared });
  const served = new Map<PreparedTable, ServedTable>();
  for (const prepared of tables) served.set(prepared, await serve(prepared));
  return {
    client,
    of(setting) {
      const found = served.get(tableOf(tables, setting));
      if (found) return found;
      throw new InternalError('a table that nobody serves');
    },
    fresh: (setting) => serve(tableOf(tables, setting)),
    async end() {
      await Promise.all([client, ...[...served.values()].map(({ server }) => server)].map(pool.end));
      await proxies.end();
    },
  };
}

/** The table whose rows have the size that a setting asks for; the first where none has. */
export function tableOf(tables: readonly PreparedTable[], { load }: BenchSetting): PreparedTable {
  const [first] = tables;
  if (first === undefined) throw new InternalError('a bench without a table');
  return tables.find(({ table }) => table.rowBytes === load.rowBytes) ?? first;
}
