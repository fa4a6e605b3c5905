import type { BenchResult } from '../results/index.js';
import { cellKinds, valuesOf } from './cell-kinds.js';
import { formatCount, formatScaled } from './format-number.js';
import { heatOf } from './heat-of.js';
import type { Paint } from './paint.js';

/** Room for `1,234k` and a gap. */
const COLUMN = 9;

/**
 * Rows a second at each chunk and check interval, the faster the warmer; the fastest is marked, for those
 * who see no colours. Empty where there is nothing to compare.
 */
export function heatMap({ cells }: BenchResult, paint: Paint): string {
  return cellKinds(cells)
    .filter(({ cells: own }) => own.length > 1)
    .map(({ name, cells: own }) => {
      const intervals = valuesOf(own, 'checkInterval');
      const best = Math.max(...own.map((cell) => cell.rowsPerSecond));
      const lines = valuesOf(own, 'chunk').map((chunk) => {
        const figures = intervals.map((interval) => {
          const cell = own.find((one) => one.chunk === chunk && one.checkInterval === interval);
          if (!cell) return ' '.repeat(COLUMN);
          const mark = cell.rowsPerSecond === best ? '*' : ' ';
          return paint.heat(`${formatScaled(cell.rowsPerSecond)}${mark}`.padStart(COLUMN), heatOf(cell, own));
        });
        return formatCount(chunk).padStart(8) + figures.join('');
      });
      const head = `   chunk${intervals.map((interval) => `${formatCount(interval)} `.padStart(COLUMN)).join('')}`;
      return [paint.title(name), paint.faint(head), ...lines].join('\n');
    })
    .join('\n\n');
}
