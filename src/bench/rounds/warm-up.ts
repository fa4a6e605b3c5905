import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import type { MeasuringOptions } from './measuring.js';

/** Rows enough for the engine to compile what is hot; the same for every setting, so that none is favoured. */
const WARM_UP_ROWS = 10_000;

/** A pass that is faster than the best before it by more than this shows that the engine is still at it. */
const STEADY_SHARE = 0.05;

const MOST_PASSES = 5;

/** Of the time allowed; what is left belongs to the measurements. */
const MOST_TIME_SHARE = 0.1;

/**
 * Streams with every setting until a pass over all of them is no faster than those before; one pass at least.
 *
 * @returns Whether it came to that: false when it was still getting faster as the passes or the time ran out.
 */
export async function warmUp(cells: readonly PlannedCell[], options: MeasuringOptions): Promise<boolean> {
  const { settings, now } = options;
  const streams = cells.filter(isRated);
  const endsAt = now() + settings.maxTimeSeconds * 1000 * MOST_TIME_SHARE;
  let bestMs = Number.POSITIVE_INFINITY;
  for (let pass = 1; pass <= MOST_PASSES; pass += 1) {
    const passMs = await runPass(streams, options);
    if (passMs >= bestMs * (1 - STEADY_SHARE)) return true;
    bestMs = Math.min(bestMs, passMs);
    if (now() + passMs > endsAt) return pass === 1;
  }
  return false;
}

async function runPass(cells: readonly PlannedCell[], options: MeasuringOptions): Promise<number> {
  const { executor, signal, now, onProgress } = options;
  const startedMs = now();
  for (const [index, { setting }] of cells.entries()) {
    signal.throwIfAborted();
    const rows = Math.min(WARM_UP_ROWS, setting.load.rows ?? WARM_UP_ROWS);
    await executor.stream({ ...setting, load: { ...setting.load, rows, clients: 1, rttMs: 0 } });
    onProgress({ phase: 'warm-up', done: index + 1, total: cells.length });
  }
  return now() - startedMs;
}
