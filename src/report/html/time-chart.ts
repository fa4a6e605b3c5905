import { axisX, axisY, barX, ruleX } from '@observablehq/plot';
import type { BenchCell, TimeSplit } from '../../model/index.js';
import type { CellKind } from '../cell-kinds.js';
import { formatCount, formatPercent } from '../format-number.js';
import { chartCard } from './chart-card.js';
import { drawChart } from './draw-chart.js';
import { html, type SafeHtml } from './html.js';
import { swatchLegend } from './series.js';

const parts: readonly { readonly key: keyof TimeSplit; readonly name: string }[] = [
  { key: 'databaseMs', name: 'database' },
  { key: 'encodeMs', name: 'encoding' },
  { key: 'writeMs', name: 'writing' },
  { key: 'drainMs', name: 'waiting for the client' },
  { key: 'otherMs', name: 'the rest' },
];

/** Where the server's time went, one bar a setting. */
export function timeChart({ name, cells }: CellKind, id: string): SafeHtml {
  const known = cells.filter(({ times }) => times !== null);
  if (known.length === 0) return html``;
  const bars = known.flatMap((cell) =>
    parts.map(({ key }, index) => ({
      setting: settingOf(cell),
      share: shareOf(cell, key),
      color: `var(--part-${index + 1})`,
    })),
  );
  return chartCard({
    title: `Where the server’s time went, ${name}`,
    note: 'Shares of a stream’s wall time on the server. A long wait for the client means that the server could do more.',
    legend: swatchLegend(parts.map((part) => part.name)),
    chart: drawChart(
      { id, alternative: `Shares of the server’s time by setting, ${name}. ${known.map(sentenceOf).join(' ')}` },
      {
        height: 56 + known.length * 24,
        marginLeft: 100,
        marginBottom: 26,
        x: { domain: [0, 1], label: null },
        y: { type: 'band', domain: known.map(settingOf), label: null, padding: 0.2 },
        marks: [
          axisX({ tickFormat: formatPercent, ticks: 5, label: null }),
          axisY({ label: 'chunk / check', labelAnchor: 'top', tickSize: 0 }),
          barX(bars, { x: 'share', y: 'setting', fill: 'color', insetLeft: 1 }),
          ruleX([0]),
        ],
        color: { type: 'identity' },
      },
    ),
    table: {
      caption: `Where the server’s time went, ${name}`,
      head: ['chunk / check', ...parts.map((part) => part.name)],
      rows: known.map((cell) => [settingOf(cell), ...parts.map(({ key }) => formatPercent(shareOf(cell, key)))]),
    },
  });
}

function settingOf({ chunk, checkInterval }: BenchCell): string {
  return `${formatCount(chunk)} / ${formatCount(checkInterval)}`;
}

function shareOf({ times }: BenchCell, key: keyof TimeSplit): number {
  if (times === null) return 0;
  const total = parts.reduce((sum, part) => sum + times[part.key], 0);
  return total === 0 ? 0 : times[key] / total;
}

function sentenceOf(cell: BenchCell): string {
  const shares = parts.map(({ key, name }) => `${name} ${formatPercent(shareOf(cell, key))}`);
  return `${settingOf(cell)}: ${shares.join(', ')}.`;
}
