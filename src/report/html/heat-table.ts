import { type CellKind, valuesOf } from '../cell-kinds.js';
import { formatCount, formatScaled } from '../format-number.js';
import { heatOf } from '../heat-of.js';
import { html, type SafeHtml } from './html.js';
import { htmlTable } from './html-table.js';

/** The rate at each chunk and check interval, the faster the darker; the figures are there without the colours. */
export function heatTable({ name, cells }: CellKind): SafeHtml {
  const chunks = valuesOf(cells, 'chunk');
  const intervals = valuesOf(cells, 'checkInterval');
  const caption = `Rows a second by chunk (down) and check interval (across), ${name}`;
  return html`<div class="card heat"><h3>Chunk × check interval, ${name}</h3>${htmlTable({
    caption,
    head: ['chunk', ...intervals.map(formatCount)],
    rows: chunks.map((chunk) => [
      formatCount(chunk),
      ...intervals.map((interval) => {
        const cell = cells.find((one) => one.chunk === chunk && one.checkInterval === interval);
        if (!cell) return '';
        const strength = Math.round(heatOf(cell, cells) * 100);
        return html`<span class="heat-cell" style="--heat:${strength}%">${formatScaled(cell.rowsPerSecond)}</span>`;
      }),
    ]),
  })}</div>`;
}
