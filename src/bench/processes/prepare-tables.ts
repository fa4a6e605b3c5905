import { join } from 'node:path';
import type { StreamModel } from '../../model/index.js';
import type { BenchSettings, BenchTable } from '../../results/index.js';
import { type BenchTarget, sentTarget } from '../database/target.js';
import type { ExpectedRows, TableSize } from '../executor.js';
import { planBench } from '../plan.js';
import type { ProcessPool } from './process-pool.js';
import { databaseOperations } from './protocol.js';

/** A table, and the facts that were read from it independently. */
export interface PreparedTable {
  readonly table: BenchTable;
  readonly size: TableSize;
  readonly model: StreamModel;
  readonly database: { readonly provider: string; readonly version: string };
  /** The environment of the processes that read it. */
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

/** Fewer only in a sweep of sizes: a single size gets all the rows that were asked for. */
function rowsOf({ rows, loads }: BenchSettings, rowBytes: number): number {
  const isSwept = (loads.rowBytes?.length ?? 1) > 1;
  return isSwept ? Math.max(1, Math.min(rows, Math.floor(MOST_BYTES / rowBytes))) : rows;
}

/** The plan depends on the rows that there are, so they are counted first. */
async function prepareProject(pool: ProcessPool, target: BenchTarget, settings: BenchSettings): Promise<PreparedTable> {
  const counting = await pool.start('database', process.env);
  const { rows, rowBytes } = await counting.call(databaseOperations.sizeTable, { target: sentTarget(target) });
  await pool.end(counting);
  const size = { rows: Math.min(settings.rows, rows), rowBytes };
  const prefixes = prefixesOf({ ...settings, ...size });
  return prepare(pool, { target, settings, size, prefixes, rowBytes: null, env: process.env });
}

/** Streams that end before the table does are checked as well as those that do not. */
function prefixesOf(settings: BenchSettings): number[] {
  const { cells, fresh } = planBench(settings);
  const limits = [...cells, ...fresh].map(({ setting }) => setting.load.rows);
  return [...new Set(limits.filter((rows) => rows !== null))];
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
  const prepared = await process.call(databaseOperations.prepareTable, {
    target: sentTarget(target),
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
