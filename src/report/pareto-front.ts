import type { BenchCell } from '../results/index.js';

/** A cell, and whether another one is at least as good in all that counts and better in something. */
export interface ParetoPoint {
  readonly cell: BenchCell;
  readonly onFront: boolean;
}

/**
 * The choices that are left when nothing can be had for free: cells that no other beats in rate, memory and first row
 * at once. By medians: two neighbours on the front may be closer than the noise.
 */
export function paretoFront(cells: readonly BenchCell[]): ParetoPoint[] {
  return cells.map((cell) => ({ cell, onFront: !cells.some((other) => dominates(other, cell)) }));
}

function dominates(one: BenchCell, other: BenchCell): boolean {
  const [better, worse] = [goodnessOf(one), goodnessOf(other)];
  return (
    better.every((value, index) => value >= (worse[index] ?? 0)) &&
    better.some((value, index) => value > (worse[index] ?? 0))
  );
}

/** More is better; memory that was not seen counts alike for all. */
function goodnessOf({ rowsPerSecond, serverPeakRssMb, firstRowMs }: BenchCell): readonly number[] {
  return [rowsPerSecond, -(serverPeakRssMb ?? 0), -firstRowMs];
}
