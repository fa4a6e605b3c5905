import { axisX, axisY, dot, gridY, line } from '@observablehq/plot';
import type { BenchCell } from '../../results/index.js';
import { formatCount, formatDigits } from '../format-number.js';
import { chartCard, drawChart, legend, seriesStyle, thousands } from './chart.js';
import { html, type SafeHtml } from './html.js';

/** One way to read, with the server's memory at each number of rows. */
interface MemorySeries {
  readonly name: string;
  readonly cells: readonly BenchCell[];
}

/** The server's peak against the number of rows; empty if only one number of rows was measured. */
export function memoryChart(series: readonly MemorySeries[], id: string): SafeHtml {
  const points = series.flatMap(({ name, cells }, index) =>
    cells
      .filter(({ serverPeakRssMb }) => serverPeakRssMb !== null)
      .map(({ rows, serverPeakRssMb }) => ({ name, index, rows, peak: serverPeakRssMb ?? 0 }))
      .sort((a, b) => a.rows - b.rows),
  );
  const rowCounts = [...new Set(points.map(({ rows }) => rows))].sort((a, b) => a - b);
  if (rowCounts.length < 2) return html``;
  const peakAt = (name: string, rows: number) => points.find((point) => point.name === name && point.rows === rows);
  return chartCard({
    title: 'Memory against rows',
    note: 'The peak of a new server that reads so many rows once. Flat is better: memory that grows with the table runs out.',
    legend: legend(series.map(({ name }) => name)),
    chart: drawChart(
      { id, alternative: `Server peak memory against rows. ${series.map((one) => sentenceOf(one)).join(' ')}` },
      {
        x: { type: 'log', label: null },
        y: { zero: true, nice: true, label: null },
        marks: [
          gridY({ strokeOpacity: 0.15 }),
          axisX({ label: 'rows', ticks: rowCounts, tickFormat: thousands }),
          axisY({ label: 'server peak, MB', ticks: 5 }),
          ...series.flatMap(({ name }, index) => {
            const own = points.filter((point) => point.name === name);
            const { color, symbol } = seriesStyle(index);
            return [
              line(own, { x: 'rows', y: 'peak', stroke: color, strokeOpacity: 0.5 }),
              dot(own, { x: 'rows', y: 'peak', fill: color, symbol, r: 4.5 }),
            ];
          }),
        ],
      },
    ),
    table: {
      caption: 'Server peak memory in MB',
      head: ['rows', ...series.map(({ name }) => name)],
      rows: rowCounts.map((rows) => [
        formatCount(rows),
        ...series.map(({ name }) => {
          const point = peakAt(name, rows);
          return point ? formatDigits(point.peak) : '';
        }),
      ]),
    },
  });
}

function sentenceOf({ name, cells }: MemorySeries): string {
  const peaks = cells.flatMap(({ rows, serverPeakRssMb }) =>
    serverPeakRssMb === null ? [] : `${formatDigits(serverPeakRssMb)} MB for ${formatCount(rows)} rows`,
  );
  return `${name}: ${peaks.join(', ')}.`;
}
