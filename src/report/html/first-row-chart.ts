import { axisX, dot, gridX, tickX } from '@observablehq/plot';
import type { BenchCell, BenchChunk } from '../../results/index.js';
import { type CellKind, valuesOf } from '../cells.js';
import { formatCount, formatDigits, formatDuration } from '../format-number.js';
import { chartCard, drawChart } from './chart.js';
import type { SafeHtml } from './html.js';

/** The time to the first row: every sample, and the median, by chunk. */
export function firstRowChart({ name, cells }: CellKind, id: string): SafeHtml {
  const chunks = valuesOf(cells, 'chunk');
  const groups = chunks.map((chunk) => groupOf(chunk, cells));
  const slowest = groups.reduce((most, group) => (group.median > most.median ? group : most));
  const samples = groups.flatMap(({ label, times }) => times.map((time) => ({ label, time })));
  return chartCard({
    title: `Time to the first row, ${name}`,
    note: 'Every sample a dot, the median a line. Further left is better.',
    chart: drawChart(
      {
        id,
        alternative: `Time to the first row by chunk, ${name}. Medians from ${formatDigits(Math.min(...groups.map(({ median }) => median)))} to ${formatDigits(slowest.median)} ms, the longest at chunk ${slowest.label}.`,
      },
      {
        height: 66 + groups.length * 40,
        marginLeft: 68,
        marginTop: 8,
        x: { nice: true, zero: true, label: null },
        y: { type: 'band', domain: groups.map(({ label }) => label), label: 'chunk', padding: 0.35 },
        marks: [
          gridX({ strokeOpacity: 0.15, ticks: 5 }),
          axisX({ label: 'milliseconds', ticks: 5 }),
          dot(samples, { x: 'time', y: 'label', r: 3.5, fill: 'var(--series-1)', fillOpacity: 0.35 }),
          tickX(groups, { x: 'median', y: 'label', stroke: 'var(--series-1)', strokeWidth: 3 }),
        ],
      },
    ),
    table: {
      caption: `First row and gaps between arrivals, ${name}`,
      head: ['chunk', 'first row, median', 'slowest', 'gap p50', 'gap p99'],
      rows: groups.map(({ label, median, times, gapP50Ms, gapP99Ms }) => [
        label,
        formatDuration(median),
        formatDuration(Math.max(...times)),
        formatDuration(gapP50Ms),
        formatDuration(gapP99Ms),
      ]),
    },
  });
}

function groupOf(chunk: BenchChunk, cells: readonly BenchCell[]) {
  const own = cells.filter((cell) => cell.chunk === chunk);
  const times = own.flatMap(({ samples }) => samples.map(({ firstRowMs }) => firstRowMs));
  return {
    label: formatCount(chunk),
    times,
    median: middleOf(times),
    gapP50Ms: middleOfKnown(own.map((cell) => cell.gapP50Ms)),
    gapP99Ms: middleOfKnown(own.map((cell) => cell.gapP99Ms)),
  };
}

function middleOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : middleOf(known);
}

function middleOf(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  const half = Math.floor(ordered.length / 2);
  const [low = 0, high = 0] = [ordered[Math.ceil(ordered.length / 2) - 1], ordered[half]];
  return (low + high) / 2;
}
