import { setTimeout as delay } from 'node:timers/promises';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { ChaosStage } from './chaos-stage.js';
import { RowSum, SUMMED_FIELDS } from './row-sum.js';

/** The table as the database itself has it, past everything that is tested. */
export async function sumOfTable(adapter: SqlDriverAdapterFactory): Promise<RowSum> {
  const quote = adapter.provider === 'mysql' ? '`' : '"';
  const names = SUMMED_FIELDS.map((field) => `${quote}${field}${quote}`).join(', ');
  const sum = new RowSum();
  for (const values of await query(adapter, `SELECT ${names} FROM ${quote}Book${quote}`)) {
    sum.add(Object.fromEntries(SUMMED_FIELDS.map((field, index) => [field, values[index]])));
  }
  return sum;
}

/** Connections to a database that nobody reads from any more. */
export interface SettledConnections {
  /** Of the server, at rest: its pools'. */
  readonly atRest: number;
  /** Those of them that run a query, or are within a transaction: none, if it forgot none. */
  readonly busy: number;
  /** Those that are left when the server has ended. */
  readonly left: number;
}

/**
 * Ends the server, and looks at its connections before and after; undefined where the database is a file, which nobody connects to. What
 * ends takes its time to do so, and is waited for.
 */
export async function settledConnections({
  database: { adapter },
  server,
}: Pick<ChaosStage, 'database' | 'server'>): Promise<SettledConnections | undefined> {
  const sql = CONNECTIONS[adapter.provider];
  if (sql === undefined) return undefined;
  const { all: atRest, busy } = await settled(adapter, sql, ({ busy }) => busy);
  await server.stop();
  const { all: left } = await settled(adapter, sql, ({ all }) => all);
  return { atRest, busy, left };
}

interface OpenConnections {
  readonly all: number;
  readonly busy: number;
}

/** The connections of others, as soon as there are none to wait for, or when there still are after ten seconds. */
async function settled(
  adapter: SqlDriverAdapterFactory,
  sql: string,
  waitedFor: (open: OpenConnections) => number,
): Promise<OpenConnections> {
  const until = performance.now() + 10_000;
  for (;;) {
    const [[all, busy] = []] = await query(adapter, sql);
    const open = { all: Number(all), busy: Number(busy) };
    if (waitedFor(open) === 0 || performance.now() > until) return open;
    await delay(50);
  }
}

const CONNECTIONS: Readonly<Partial<Record<SqlDriverAdapterFactory['provider'], string>>> = {
  postgres: `SELECT count(*)::int, (count(*) FILTER (WHERE state <> 'idle'))::int
    FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  mysql: `SELECT count(*), count(CASE WHEN command <> 'Sleep' THEN 1 END)
    FROM information_schema.processlist WHERE user = 'root' AND id <> connection_id()`,
};

async function query(adapter: SqlDriverAdapterFactory, sql: string): Promise<readonly (readonly unknown[])[]> {
  const connection = await adapter.connect();
  try {
    return (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows;
  } finally {
    await connection.dispose();
  }
}
