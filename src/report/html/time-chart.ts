import { axisX, axisY, barX, ruleX } from '@observablehq/plot';
import type { BenchCell } from '../../results/index.js';
import { type CellKind, gcShare, timeNote, timeParts, timeShares } from '../cells.js';
import { formatCount, formatKnown, formatPercent } from '../format-number.js';
import { chartCard, drawChart, swatchLegend } from './chart.js';
import { html, type SafeHtml } from './html.js';

/** The server's time by phase, one bar for each setting. */
export function timeChart({ name, cells }: CellKind, id: string): SafeHtml {
  const known = cells.filter(({ times }) => times !== null);
  if (known.length === 0) return html``;
  const bars = known.flatMap((cell) =>
    (timeShares(cell) ?? []).map((share, index) => ({
      setting: settingOf(cell),
      share,
      color: `var(--part-${index + 1})`,
    })),
  );
  return chartCard({
    title: `Where the server’s time went, ${name}`,
    note: `${timeNote} A long wait for the client means that the server could do more.`,
    legend: swatchLegend(timeParts.map((part) => part.name)),
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
      head: ['chunk / check', ...timeParts.map((part) => part.name), 'event loop late, p99 ms', 'garbage collector'],
      rows: known.map((cell) => [
        settingOf(cell),
        ...(timeShares(cell) ?? []).map(formatPercent),
        formatKnown(cell.eventLoopP99Ms),
        gcShare(cell),
      ]),
    },
  });
}

function settingOf({ chunk, checkInterval }: BenchCell): string {
  return `${formatCount(chunk)} / ${formatCount(checkInterval)}`;
}

function sentenceOf(cell: BenchCell): string {
  const shares = (timeShares(cell) ?? []).map((share, index) => `${timeParts[index]?.name} ${formatPercent(share)}`);
  return `${settingOf(cell)}: ${shares.join(', ')}.`;
}
