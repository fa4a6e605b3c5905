import type { BenchResult } from '../results/index.js';
import { cellKinds, valuesOf } from './cell-kinds.js';
import { formatCount } from './format-number.js';
import { headerLines } from './header-lines.js';
import { escapeCell, markdownTable } from './markdown-table.js';
import { rateText } from './rate-text.js';

/** The rates at a glance, as Markdown: chunks down, check intervals across, and what they were measured on. */
export function rateMatrix(result: BenchResult): string {
  const tables = cellKinds(result.cells).map(({ name, cells }) => {
    const intervals = valuesOf(cells, 'checkInterval');
    const rows = valuesOf(cells, 'chunk').map((chunk) => [
      formatCount(chunk),
      ...intervals.map((interval) => {
        const cell = cells.find((one) => one.chunk === chunk && one.checkInterval === interval);
        return cell ? rateText(cell) : '';
      }),
    ]);
    const head = ['chunk', ...intervals.map((interval) => `check every ${formatCount(interval)}`)];
    return [`Rows/s, ${name}:`, markdownTable(head, rows)].join('\n\n');
  });
  return [...tables, `<sub>${headerLines(result).map(escapeCell).join('; ')}</sub>`].join('\n\n');
}
