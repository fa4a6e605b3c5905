import type { BenchCell } from '../results/index.js';

/** How fast a cell is among others: 0 the slowest, 1 the fastest. */
export function heatOf({ rowsPerSecond }: BenchCell, others: readonly BenchCell[]): number {
  const rates = others.map((cell) => cell.rowsPerSecond);
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  return high === low ? 1 : (rowsPerSecond - low) / (high - low);
}
