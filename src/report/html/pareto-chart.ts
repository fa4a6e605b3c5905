import { axisX, axisY, dot, gridX, gridY, line } from '@observablehq/plot';
import { type CellKind, kindName, type ParetoPoint, paretoFront, valuesOf } from '../cells.js';
import { formatCount, formatDigits } from '../format-number.js';
import { chartCard, drawChart, legend, seriesStyle, thousands } from './chart.js';
import { html, type SafeHtml } from './html.js';

/** Rate against memory: settings that no other beats in rate, memory and first row at once are filled and joined. Empty without memory. */
export function paretoChart({ name, cells }: CellKind, id: string): SafeHtml {
  const points = paretoFront(cells.filter(({ serverPeakRssMb }) => serverPeakRssMb !== null));
  if (points.length === 0) return html``;
  const front = points.filter(({ onFront }) => onFront).sort((a, b) => memoryOf(a) - memoryOf(b));
  const chunks = valuesOf(cells, 'chunk');
  return chartCard({
    title: `Settings worth choosing, ${name}`,
    note: 'Rate against the server’s peak memory. Filled: no other setting is as good in rate, memory and first row at once (by medians). Up and left is better.',
    legend: legend(chunks.map((chunk) => `chunk ${formatCount(chunk)}`)),
    chart: drawChart(
      { id, alternative: `Rate against memory, ${name}. Not beaten: ${front.map(settingOf).join('; ')}.` },
      {
        x: { domain: memoryRange(points), label: null },
        y: { nice: true, zero: true, label: null },
        insetTop: 14,
        marks: [
          gridX({ strokeOpacity: 0.12, ticks: 5 }),
          gridY({ strokeOpacity: 0.15, ticks: 5 }),
          axisX({ label: 'server peak, MB', ticks: 5 }),
          axisY({ label: 'rows/s', tickFormat: thousands, ticks: 5 }),
          line(upperEdge(front), {
            x: memoryOf,
            y: rateOf,
            stroke: 'currentColor',
            strokeOpacity: 0.4,
            curve: 'step-after',
          }),
          ...chunks.flatMap((chunk, index) => {
            const { color, symbol } = seriesStyle(index);
            const own = points.filter(({ cell }) => cell.chunk === chunk);
            const look = { x: memoryOf, y: rateOf, symbol, r: 5 };
            return [
              dot(
                own.filter(({ onFront }) => !onFront),
                { ...look, stroke: color, strokeOpacity: 0.7 },
              ),
              dot(
                own.filter(({ onFront }) => onFront),
                { ...look, fill: color },
              ),
            ];
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

/** Wide enough that a difference within the noise does not look significant. */
function memoryRange(points: readonly ParetoPoint[]): [number, number] {
  const peaks = points.map(memoryOf);
  return [Math.min(...peaks) * 0.9, Math.max(...peaks) * 1.1];
}

function rateOf({ cell }: ParetoPoint): number {
  return cell.rowsPerSecond;
}

function settingOf({ cell }: ParetoPoint): string {
  return `chunk ${formatCount(cell.chunk)}, check every ${formatCount(cell.checkInterval)}, ${kindName(cell)}`;
}

/** The upper edge of the front: points that are on it only for their first row lie below the line. */
function upperEdge(front: readonly ParetoPoint[]): ParetoPoint[] {
  let most = 0;
  return front.filter((point) => {
    const rises = rateOf(point) > most;
    most = Math.max(most, rateOf(point));
    return rises;
  });
}
