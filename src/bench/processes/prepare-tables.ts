import { join } from 'node:path';
import type { StreamModel } from '../../model/index.js';
import type { BenchSetting, BenchSettings, BenchTable } from '../../results/index.js';
import type { ExpectedRows } from '../database/expected-rows.js';
import { planBench } from '../plan/plan.js';
import type { TableSize } from '../rounds/executor.js';
import type { ProcessPool } from './process-pool.js';
import { prepareTable, sizeTable } from './protocol.js';
import { type BenchTarget, wireTarget } from './target.js';

/** A table that is there, and what is known of it by a reading of its own. */
export interface PreparedTable {
  readonly table: BenchTable;
  readonly size: TableSize;
  readonly model: StreamModel;
  readonly database: { readonly provider: string; readonly version: string };
  /** Of the processes that read it. */
  readonly env: NodeJS.ProcessEnv;
  /** What the first so many rows come to; undefined when that was not asked for. */
  expected(rows: number | null): ExpectedRows | undefined;
}

/** Past this, large rows would need minutes to be written; fewer rows say as much. */
const MOST_BYTES = 250e6;

/** Makes the demo's tables, one for each size of rows, or reads a project's; the process ends before anything is measured. */
export async function prepareTables(
  pool: ProcessPool,
  { target, settings, scratch }: { target: BenchTarget; settings: BenchSettings; scratch: string },
): Promise<readonly PreparedTable[]> {
  if (target.source === 'project') return [await prepareProject(pool, target, settings)];
  const sizes = settings.loads.rowBytes ?? [settings.rowBytes];
  const prefixes = prefixesOf({ ...settings, rows: rowsOf(settings, sizes[0] ?? settings.rowBytes) });
  const tables: PreparedTable[] = [];
  for (const rowBytes of sizes) {
    const env = { ...process.env, DATABASE_URL: `file:${join(scratch, `rows-of-${rowBytes}.db`)}` };
    const size = { rows: rowsOf(settings, rowBytes), rowBytes };
    tables.push(await prepare(pool, { target, settings, size, prefixes, rowBytes, env }));
  }
  return tables;
}

/** What is planned goes by the rows that there are, so they are looked at first. */
async function prepareProject(pool: ProcessPool, target: BenchTarget, settings: BenchSettings): Promise<PreparedTable> {
  const looking = await pool.start('database', process.env);
  const { rows, rowBytes } = await looking.call(sizeTable, { target: wireTarget(target) });
  await pool.end(looking);
  const size = { rows: Math.min(settings.rows, rows), rowBytes };
  const prefixes = prefixesOf({ ...settings, ...size });
  return prepare(pool, { target, settings, size, prefixes, rowBytes: null, env: process.env });
}

interface Preparing {
  readonly target: BenchTarget;
  readonly settings: BenchSettings;
  readonly size: TableSize;
  readonly prefixes: readonly number[];
  readonly rowBytes: number | null;
  readonly env: NodeJS.ProcessEnv;
}

async function prepare(
  pool: ProcessPool,
  { target, settings, size, prefixes, rowBytes, env }: Preparing,
): Promise<PreparedTable> {
  const process = await pool.start('database', env);
  const { seed } = settings;
  const prepared = await process.call(prepareTable, {
    target: wireTarget(target),
    fill: rowBytes === null ? null : { rows: size.rows, rowBytes, seed },
    maxRows: size.rows,
    prefixes: [...prefixes],
  });
  await pool.end(process);
  const { whole, model, provider, version } = prepared;
  const byRows = new Map(prepared.prefixes.map((prefix) => [prefix.rows, prefix]));
  return {
    table: { source: target.source, model: target.model, ...whole, verified: 'independent', rowBytes },
    size,
    model,
    database: { provider, version },
    env,
    expected: (rows) => (rows === null || rows >= whole.rows ? whole : byRows.get(rows)),
  };
}

/** Only of a sweep of sizes: who asks for one size gets all the rows that were asked for. */
function rowsOf({ rows, loads }: BenchSettings, rowBytes: number): number {
  const isSwept = (loads.rowBytes?.length ?? 1) > 1;
  return isSwept ? Math.max(1, Math.min(rows, Math.floor(MOST_BYTES / rowBytes))) : rows;
}

/** Streams that end before the table does are checked as well as those that do not. */
function prefixesOf(settings: BenchSettings): number[] {
  const { cells, fresh } = planBench(settings);
  const limits = [...cells, ...fresh].map(({ setting }: { setting: BenchSetting }) => setting.load.rows);
  return [...new Set(limits.filter((rows) => rows !== null))];
}
