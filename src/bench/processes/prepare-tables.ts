import { join } from 'node:path';
import type { EnumModel, StreamModel } from '../../model/index.js';
import type { BenchSettings, BenchTable } from '../../results/index.js';
import { type BenchTarget, sentTarget } from '../database/target.js';
import type { ExpectedRows, TableSize } from '../executor.js';
import { planBench, streamLengths } from '../plan.js';
import { queryRows } from '../scenarios/queries.js';
import type { ProcessPool } from './process-pool.js';
import { databaseOperations } from './protocol.js';

/** A table, and the facts that were read from it independently. */
export interface PreparedTable {
  readonly table: BenchTable;
  readonly size: TableSize;
  readonly model: StreamModel;
  /** Those of the model's schema. */
  readonly enums: readonly EnumModel[];
  readonly database: { readonly provider: string; readonly version: string };
  /** The environment of the processes that read it. */
  readonly env: NodeJS.ProcessEnv;
  /** Other orders and filters that it has, by their names, encoded for a request. */
  readonly queries: ReadonlyMap<string, Uint8Array>;
  /** What it lacks of them, in sentences. */
  readonly queryNotes: readonly string[];
  /** The checksum of a number of first rows, or of those that a query finds; undefined if it was not computed. */
  expected(rows: number | null, query?: string): ExpectedRows | undefined;
}

/** More bytes of large rows would take minutes to write; fewer rows show the same. */
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

/** Fewer rows only in a sweep of sizes: a single size gets all requested rows. */
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

/** Streams that end before the table are checked as well. */
function prefixesOf(settings: BenchSettings): number[] {
  const { cells, fresh } = planBench(settings);
  const limits = [...cells, ...fresh].map(({ setting }) => setting.load.rows);
  return [...new Set([...limits.filter((rows) => rows !== null), ...streamLengths(settings)])];
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
    queryRows: settings.scenarios.includes('queries') ? queryRows(size.rows) : null,
  });
  await pool.end(process);
  const { whole, model, enums, provider, version, queries, queryNotes } = prepared;
  const byRows = new Map(prepared.prefixes.map((prefix) => [prefix.rows, prefix]));
  return {
    table: { source: target.source, model: target.model, ...whole, verified: 'independent', rowBytes },
    size,
    model,
    enums,
    database: { provider, version },
    env,
    queries: new Map(queries.map(({ name, request }) => [name, request])),
    queryNotes,
    expected(rows, query) {
      if (query === undefined) return rows === null || rows >= whole.rows ? whole : byRows.get(rows);
      return queries.find(({ name }) => name === query)?.expected.find((one) => one.rows === rows);
    },
  };
}
