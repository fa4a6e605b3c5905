import { axisY, dot, gridY, line, ruleX } from '@observablehq/plot';
import type { BenchCell, BenchChunk } from '../../results/index.js';
import { type CellKind, cellAt, fastestOf, valuesOf } from '../cells.js';
import { formatCount, rateText } from '../format-number.js';
import { chartCard, drawChart, legend, seriesStyle, thousands } from './chart.js';
import type { SafeHtml } from './html.js';

/** Rows a second against the chunk, one line a check interval, each point with its interval. */
export function throughputChart({ name, cells }: CellKind, id: string): SafeHtml {
  const intervals = valuesOf(cells, 'checkInterval');
  const chunks = valuesOf(cells, 'chunk');
  const best = fastestOf(cells);
  const alternative = `Rows a second against the chunk, ${name}. The highest is ${formatCount(best.rowsPerSecond)} at chunk ${formatCount(best.chunk)} and check interval ${formatCount(best.checkInterval)}.`;
  const names = intervals.map((interval) => `check every ${formatCount(interval)}`);
  const chart = drawChart(
    { id, alternative },
    {
      ...(chunks.length > UPRIGHT_LABELS ? { marginBottom: 62 } : {}),
      x: {
        type: 'point',
        domain: chunks.map(formatCount),
        label: 'chunk, rows',
        padding: 0.4,
        tickRotate: chunks.length > UPRIGHT_LABELS ? -50 : 0,
      },
      y: { zero: true, nice: true, label: null },
      marks: [
        gridY({ strokeOpacity: 0.15, ticks: 5 }),
        axisY({ label: 'rows/s', tickFormat: thousands, ticks: 5 }),
        ...intervals.flatMap((interval, index) =>
          seriesMarks(
            cells.filter((cell) => cell.checkInterval === interval),
            index,
            intervals.length,
          ),
        ),
      ],
    },
  );
  return chartCard({
    title: `Throughput, ${name}`,
    note: 'Rows ÷ wall time; median with its 95% interval. Higher is better.',
    legend: legend(names),
    chart,
    table: {
      caption: `Rows a second, ${name}`,
      head: ['chunk', ...names],
      rows: chunks.map((chunk) => [
        formatCount(chunk),
        ...intervals.map((interval) => spreadAt(cells, chunk, interval)),
      ]),
    },
  });
}

/** More would run into each other, and are turned. */
const UPRIGHT_LABELS = 7;

/** Series side by side, so that their intervals do not cover each other. */
const APART_PX = 7;

function seriesMarks(cells: readonly BenchCell[], index: number, count: number) {
  const { color, symbol } = seriesStyle(index);
  const dx = (index - (count - 1) / 2) * APART_PX;
  const x = ({ chunk }: BenchCell) => formatCount(chunk);
  const y = ({ rowsPerSecond }: BenchCell) => rowsPerSecond;
  return [
    line(cells, { x, y, dx, stroke: color, strokeOpacity: 0.45 }),
    ruleX(cells, {
      x,
      y1: ({ rowsPerSecond, intervals }: BenchCell) => intervals.rowsPerSecond?.[0] ?? rowsPerSecond,
      y2: ({ rowsPerSecond, intervals }: BenchCell) => intervals.rowsPerSecond?.[1] ?? rowsPerSecond,
      dx,
      stroke: color,
      strokeWidth: 2,
    }),
    dot(cells, { x, y, dx, fill: color, symbol, r: 4.5 }),
  ];
}

function spreadAt(cells: readonly BenchCell[], chunk: BenchChunk, checkInterval: number): string {
  const cell = cellAt(cells, chunk, checkInterval);
  return cell ? rateText(cell) : '';
}
