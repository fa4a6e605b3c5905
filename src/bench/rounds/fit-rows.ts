import { readsInParts, streamLengths } from '../plan.js';
import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import type { MeasuringOptions } from './measurements.js';

/** What a round does beside its streams, in warm-ups: the processes of the next one start during its own. */
const WARM_UPS = 1.1;

type FittingOptions = Pick<MeasuringOptions, 'executor' | 'settings' | 'startedMs' | 'now' | 'signal'>;

/**
 * How many rows each stream of a quick run reads, so that all its rounds fit the time: too few rounds decide nothing, however long their
 * streams are. Reads a short stream of every setting, which says how fast this machine is just now.
 *
 * @param warmUpMs How long the warm-up of one round took.
 * @returns Null for the whole table.
 */
export async function fitRows(
  cells: readonly PlannedCell[],
  { executor, settings, startedMs, now, signal }: FittingOptions,
  warmUpMs: number,
): Promise<number | null> {
  const rated = cells.filter(isRated);
  const lengths = streamLengths({ ...settings, ...executor.size });
  const shortest = lengths.at(-1);
  if (shortest === undefined || rated.length === 0 || rated.some(readsInParts)) return null;
  const begin = now();
  for (const { setting } of rated) {
    signal.throwIfAborted();
    await executor.stream(setting, shortest);
  }
  const shortestMs = now() - begin;
  const roundMs = (startedMs + settings.maxTimeSeconds * 1000 - now()) / settings.rounds;
  const fitting = lengths.find((rows) => {
    return WARM_UPS * warmUpMs + (shortestMs * rows) / shortest <= roundMs;
  });
  return fitting === lengths[0] ? null : (fitting ?? shortest);
}
