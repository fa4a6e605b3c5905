import { isRated, type PlannedCell } from '../scenarios/planned-cell.js';
import { bootstrapInterval, median } from '../statistics/statistics.js';
import type { MeasuringOptions } from './measuring.js';

/** With fewer samples an interval is a guess, and may be narrow by luck. */
const FEWEST_SAMPLES = 5;

/** Whether half the interval of every rate is within the share of it that was asked for; never, when none was, or where there is no rate. */
export function isPrecise(cells: readonly PlannedCell[], { settings, measured }: MeasuringOptions): boolean {
  const { precision } = settings;
  if (precision === null) return false;
  const rated = cells.filter(isRated);
  return (
    rated.length > 0 &&
    rated.every(({ setting }) => {
      const rates = measured.samples({ kind: 'stream', setting }).map(({ rowsPerSecond }) => rowsPerSecond);
      return rates.length >= FEWEST_SAMPLES && halfWidth(rates) <= precision;
    })
  );
}

function halfWidth(rates: readonly number[]): number {
  const [low, high] = bootstrapInterval(rates);
  return (high - low) / 2 / median(rates);
}
