import type { BenchCell, BenchResult } from '../../results/index.js';
import { cellKinds, kindName } from '../cell-kinds.js';
import { formatCount, formatDigits, formatScaled } from '../format-number.js';
import { html, type SafeHtml } from './html.js';

/** The few numbers that a reader came for; none where the sweep was left out. */
export function summaryTiles({ cells, cancellations }: BenchResult): SafeHtml {
  if (cells.length === 0) return html``;
  const rates = cellKinds(cells).map(({ name, cells: own }) => {
    const best = own.reduce((most, cell) => (cell.rowsPerSecond > most.rowsPerSecond ? cell : most));
    return tile(`${formatScaled(best.rowsPerSecond)} rows/s`, `fastest, ${name}: ${settingOf(best)}`);
  });
  const soonest = cells.reduce((least, cell) => (cell.firstRowMs < least.firstRowMs ? cell : least));
  const leanest = cells
    .filter(({ serverPeakRssMb }) => serverPeakRssMb !== null)
    .sort((a, b) => (a.serverPeakRssMb ?? 0) - (b.serverPeakRssMb ?? 0))[0];
  const ended = cancellations.map(({ endedMs }) => endedMs);
  return html`<ul class="tiles">${[
    ...rates,
    tile(`${formatDigits(soonest.firstRowMs)} ms`, `soonest first row, ${kindName(soonest)}: ${settingOf(soonest)}`),
    ...(leanest
      ? [
          tile(
            `${formatDigits(leanest.serverPeakRssMb ?? 0)} MB`,
            `least server peak, ${kindName(leanest)}: ${settingOf(leanest)}`,
          ),
        ]
      : []),
    ...(ended.length > 0
      ? [tile(`${formatDigits(Math.max(...ended))} ms`, 'to end a cancelled stream, at the slowest setting')]
      : []),
  ]}</ul>`;
}

function tile(figure: string, words: string): SafeHtml {
  return html`<li><strong>${figure}</strong><span>${words}</span></li>`;
}

function settingOf({ chunk, checkInterval }: BenchCell): string {
  return `chunk ${formatCount(chunk)}, check every ${formatCount(checkInterval)}`;
}
