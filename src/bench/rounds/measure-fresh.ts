import type { PlannedCell } from '../scenarios/planned-cell.js';
import { measureStep } from './measure-step.js';
import type { MeasuringOptions } from './measuring.js';

/** Before the rounds. */
const ROUND = 0;

/**
 * What a server takes that has streamed nothing before, each setting on one of its own: a process hardly gives memory
 * back, so that on a shared one every peak would be the largest so far.
 */
export async function measureFresh(
  fresh: readonly PlannedCell[],
  { executor, measured, signal, onMeasured, onProgress }: MeasuringOptions,
): Promise<void> {
  for (const [index, cell] of fresh.entries()) {
    signal.throwIfAborted();
    if (!measured.has(cell, ROUND)) await onMeasured(await measureStep(executor, ROUND, { cell, afterRows: 0 }));
    onProgress({ phase: 'memory', done: index + 1, total: fresh.length });
  }
}
