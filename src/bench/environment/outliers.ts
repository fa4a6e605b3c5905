import type { BenchCell, BenchWarning } from '../../results/index.js';
import { describeSetting } from '../scenarios/planned-cell.js';
import { median } from '../statistics/statistics.js';

/** With fewer samples there is no telling which of them is the odd one. */
const FEWEST_SAMPLES = 5;

/** Of noise that has a normal shape, one sample in two million lies so far out. */
const FAR_DEVIATIONS = 5;

/** Samples that are very close to each other make a small difference look like a far one. */
const FAR_SHARE = 0.25;

/** Makes a standard deviation of a median deviation, where noise has a normal shape. */
const NORMAL_SCALE = 1.4826;

interface Outlier {
  readonly cell: BenchCell;
  readonly round: number;
  readonly rowsPerSecond: number;
  /** How far it lies from the middle, on a logarithmic scale: half as fast is as far as twice. */
  readonly distance: number;
}

/** Names samples that lie far from the others of their setting; undefined when there are none. */
export function outliers(cells: readonly BenchCell[]): BenchWarning | undefined {
  const found = cells.flatMap(outliersOf);
  const [farthest] = found.toSorted((a, b) => b.distance - a.distance);
  if (!farthest) return undefined;
  const samples = cells.reduce((sum, cell) => sum + cell.samples.length, 0);
  const { cell, round, rowsPerSecond } = farthest;
  const far = found.length === 1 ? 'sample lies' : 'samples lie';
  return {
    code: 'outliers',
    message: `${found.length} of ${samples} ${far} far from the others of the same setting; the farthest is ${whole(rowsPerSecond)} rows/s, where ${whole(cell.rowsPerSecond)} are usual (round ${round}, ${describeSetting(cell)})`,
    hint: 'medians bear a few of them; look for what else ran at that time',
  };
}

function outliersOf(cell: BenchCell): Outlier[] {
  if (cell.samples.length < FEWEST_SAMPLES) return [];
  const middle = Math.log(cell.rowsPerSecond);
  const distances = cell.samples.map(({ round, rowsPerSecond }) => {
    return { cell, round, rowsPerSecond, distance: Math.abs(Math.log(rowsPerSecond) - middle) };
  });
  const deviation = NORMAL_SCALE * median(distances.map(({ distance }) => distance));
  const far = Math.max(FAR_DEVIATIONS * deviation, -Math.log(1 - FAR_SHARE));
  return distances.filter(({ distance }) => distance > far);
}

function whole(rate: number): string {
  return Math.round(rate).toLocaleString('en-US');
}
