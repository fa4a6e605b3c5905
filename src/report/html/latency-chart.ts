import { axisX, axisY, dot, gridX, gridY, line } from '@observablehq/plot';
import type { BenchCell, BenchScenario } from '../../results/index.js';
import { formatCount, formatDigits, formatKnown, formatPercent } from '../format-number.js';
import { labelsOf } from '../scenario-content.js';
import { chartCard, drawChart, legend, seriesStyle } from './chart.js';
import { html, type SafeHtml } from './html.js';

/** A line of this width cannot show more points. */
const MOST_POINTS = 150;

/** Of the table; blank where there are too few reads for one. */
const percentiles = ['p50Ms', 'p90Ms', 'p99Ms', 'p999Ms', 'maxMs'] as const;

/** Marked on each line, so that lines differ without their colours. */
const MARKED = [0.1, 0.5, 0.9, 0.99];

/** The share of reads that ended within a time, one line for each setting; empty if single reads were not kept. */
export function latencyChart({ name, cells }: BenchScenario, id: string): SafeHtml {
  const labels = labelsOf(name, cells);
  const series = cells.flatMap((cell, index) => {
    const times = readsOf(cell);
    return times.length === 0 ? [] : [{ label: labels.own[index] ?? '', times, figures: cell.latency }];
  });
  if (series.length === 0) return html``;
  const shared = labels.shared === '' ? '' : ` (${labels.shared})`;
  return chartCard({
    title: 'How long short reads take',
    note: `The share of the reads that were done within a time, counted from when each was due${shared}. Further left is better, and steep is even; marks at ${MARKED.map(formatPercent).join(', ')}.`,
    legend: legend(series.map(({ label }) => label)),
    chart: drawChart(
      {
        id,
        alternative: `Times of short reads. ${series.map(({ label, times }) => sentenceOf(label, times)).join(' ')}`,
      },
      {
        x: { type: 'log', nice: true, label: null },
        y: { domain: [0, 1], label: null },
        marks: [
          gridX({ strokeOpacity: 0.12, ticks: 4 }),
          gridY({ strokeOpacity: 0.15, ticks: 4 }),
          axisX({ label: 'milliseconds', ticks: 4, tickFormat: tickText }),
          axisY({ label: 'reads done', tickFormat: formatPercent, ticks: 4 }),
          ...series.flatMap(({ times }, index) => {
            const { color, symbol } = seriesStyle(index);
            return [
              line(pointsOf(times), { x: 'time', y: 'share', stroke: color, strokeWidth: 2 }),
              dot(
                MARKED.map((share) => ({ share, time: timeAt(times, share) })),
                { x: 'time', y: 'share', fill: color, symbol, r: 4 },
              ),
            ];
          }),
        ],
      },
    ),
    table: {
      caption: 'Times of short reads in milliseconds',
      head: ['setting', 'reads', 'p50', 'p90', 'p99', 'p99.9', 'longest'],
      rows: series.map(({ label, times, figures }) => [
        label,
        formatCount(times.length),
        ...percentiles.map((key) => formatKnown(figures?.[key] ?? null)),
      ]),
    },
  });
}

/** Of all rounds together, the shortest first. */
function readsOf({ samples }: BenchCell): readonly number[] {
  return samples.flatMap(({ readsMs = [] }) => readsMs).sort((a, b) => a - b);
}

function timeAt(times: readonly number[], share: number): number {
  return times[Math.max(0, Math.ceil(share * times.length) - 1)] ?? 0;
}

function pointsOf(times: readonly number[]): { readonly share: number; readonly time: number }[] {
  const count = Math.min(times.length, MOST_POINTS);
  return Array.from({ length: count }, (_, index) => {
    const share = (index + 1) / count;
    return { share, time: timeAt(times, share) };
  });
}

function sentenceOf(label: string, times: readonly number[]): string {
  return `${label}: half within ${formatDigits(timeAt(times, 0.5))} ms, 99% within ${formatDigits(timeAt(times, 0.99))} ms.`;
}

/** A logarithmic axis has a tick at every digit; those between are left without a number. */
function tickText(value: number): string {
  const digit = Number(value.toExponential()[0]);
  return [1, 2, 5].includes(digit) ? formatCount(value) || `${value}` : '';
}
