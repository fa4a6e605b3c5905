import { setImmediate } from 'node:timers/promises';
import type { Relation, SchemaModel, StreamModel } from '../../model/index.js';
import type { Connection } from '../connect.js';
import { EarlierRows, MAX_EARLIER_ROWS } from '../tables/earlier-rows.js';
import { createInsert } from './insert-rows.js';
import type { ParentGroup } from './parent-rows.js';
import { createRowMaker } from './row-maker.js';
import type { SeededTable, SeedProgress } from './seed-options.js';
import type { UniquePlan } from './unique-plan.js';

/**
 * Rows in one transaction. Each commit writes every index page that was touched, so that random keys (uuids, unique texts)
 * go twice as fast as with 5,000; an interrupt still waits for less than a second.
 */
const MAX_BATCH_ROWS = 20_000;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

export interface WriteRowsOptions {
  readonly connection: Connection;
  readonly model: StreamModel;
  readonly schema: SchemaModel;
  readonly seed: number;
  readonly uniques: UniquePlan;
  readonly parents: readonly ParentGroup[];
  readonly self: readonly Relation[];
  /** Index of the first row. */
  readonly first: number;
  readonly rows: number;
  readonly rowBytes: number | undefined;
  readonly onProgress: ((progress: SeedProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Makes rows and writes them, a batch a transaction; between two batches it looks whether it is to stop. */
export async function writeRows(options: WriteRowsOptions): Promise<SeededTable> {
  const { connection, model, first, rows, rowBytes, onProgress, signal } = options;
  const start = performance.now();
  const earlier = new EarlierRows(connection, model, options.self);
  await earlier.read();
  const { fields, make, sizeOf } = createRowMaker({ ...options, earlier });
  const insert = createInsert(connection, model, fields);
  let written = 0;
  let bytes = 0;
  while (written < rows) {
    signal?.throwIfAborted();
    const size = Math.min(rows - written, earlier.missing ? rootsOf(rows) : batchRows(rowBytes));
    const batch = Array.from({ length: size }, (_, index) => make(first + written + index));
    await insert(batch);
    written += size;
    bytes += batch.reduce((sum, row) => sum + sizeOf(row), 0);
    if (earlier.missing) await earlier.read();
    onProgress?.({ model: model.name, rows: written, total: rows });
    /** SQLite works synchronously: without a turn of the event loop no signal would ever be heard. */
    await setImmediate();
  }
  const ms = performance.now() - start;
  return { model: model.name, rows, ms, rowsPerSecond: (rows / ms) * 1000, rowBytes: bytes / rows };
}

function batchRows(rowBytes = 0): number {
  return Math.max(1, Math.min(MAX_BATCH_ROWS, Math.floor(MAX_BATCH_BYTES / Math.max(1, rowBytes))));
}

/** The rows of a tree that point nowhere come first, so that there is something to point to. */
function rootsOf(rows: number): number {
  return Math.min(MAX_EARLIER_ROWS, Math.ceil(rows / 100));
}
