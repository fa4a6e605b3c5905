import { axisX, axisY, dot, gridX, gridY, line, text } from '@observablehq/plot';
import { type CellKind, kindName } from '../cell-kinds.js';
import { formatCount, formatDigits } from '../format-number.js';
import { type ParetoPoint, paretoFront } from '../pareto-front.js';
import { chartCard } from './chart-card.js';
import { drawChart } from './draw-chart.js';
import { html, type SafeHtml } from './html.js';
import { thousands } from './throughput-chart.js';

/** Rate against memory; what no other setting beats in rate, memory and first row at once is filled and joined. Nothing without memory. */
export function paretoChart({ name, cells }: CellKind, id: string): SafeHtml {
  const points = paretoFront(cells.filter(({ serverPeakRssMb }) => serverPeakRssMb !== null));
  if (points.length === 0) return html``;
  const front = points.filter(({ onFront }) => onFront).sort((a, b) => memoryOf(a) - memoryOf(b));
  const labels = onePerPlace(front);
  return chartCard({
    title: `What is worth choosing, ${name}`,
    note: 'Rate against the server’s peak memory. Filled: no other setting is as good in rate, memory and first row at once (by medians). Up and left is better.',
    chart: drawChart(
      { id, alternative: `Rate against memory, ${name}. Not beaten: ${front.map(settingOf).join('; ')}.` },
      {
        x: { nice: true, label: null },
        y: { nice: true, zero: true, label: null },
        marks: [
          gridX({ strokeOpacity: 0.12 }),
          gridY({ strokeOpacity: 0.15 }),
          axisX({ label: 'server peak, MB', ticks: 5 }),
          axisY({ label: 'rows/s', tickFormat: thousands, ticks: 5 }),
          line(upperEdge(front), {
            x: memoryOf,
            y: rateOf,
            stroke: 'var(--series-1)',
            strokeOpacity: 0.5,
            curve: 'step-after',
          }),
          dot(
            points.filter(({ onFront }) => !onFront),
            { x: memoryOf, y: rateOf, r: 4, stroke: 'currentColor', strokeOpacity: 0.6 },
          ),
          dot(front, { x: memoryOf, y: rateOf, r: 5, fill: 'var(--series-1)' }),
          text(labels, {
            x: memoryOf,
            y: rateOf,
            text: ({ cell }: ParetoPoint) => formatCount(cell.chunk),
            dy: -12,
            stroke: 'var(--card)',
            strokeWidth: 4,
            fill: 'currentColor',
          }),
        ],
      },
    ),
    table: {
      caption: `Settings that no other beats, ${name}`,
      head: ['setting', 'rows/s', 'server peak MB', 'first row ms'],
      rows: front.map((point) => [
        settingOf(point),
        formatCount(point.cell.rowsPerSecond),
        formatDigits(memoryOf(point)),
        formatDigits(point.cell.firstRowMs),
      ]),
    },
  });
}

function memoryOf({ cell }: ParetoPoint): number {
  return cell.serverPeakRssMb ?? 0;
}

function rateOf({ cell }: ParetoPoint): number {
  return cell.rowsPerSecond;
}

function settingOf({ cell }: ParetoPoint): string {
  return `chunk ${formatCount(cell.chunk)}, check every ${formatCount(cell.checkInterval)}, ${kindName(cell)}`;
}

/** The front as seen from above: points that are on it for their first row alone lie below the line. */
function upperEdge(front: readonly ParetoPoint[]): ParetoPoint[] {
  let most = 0;
  return front.filter((point) => {
    const rises = rateOf(point) > most;
    most = Math.max(most, rateOf(point));
    return rises;
  });
}

/** Settings of one chunk lie on one another: the fastest of them carries the label. */
function onePerPlace(front: readonly ParetoPoint[]): ParetoPoint[] {
  return front.filter((point) =>
    front.every((other) => other.cell.chunk !== point.cell.chunk || rateOf(other) <= rateOf(point)),
  );
}
