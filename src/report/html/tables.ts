import type { BenchCell, BenchResult, BenchScenario } from '../../results/index.js';
import {
  type CancellationKind,
  type CellKind,
  cancellationKinds,
  cellAt,
  gcShare,
  heatOf,
  kindName,
  timeParts,
  timeShares,
  valuesOf,
} from '../cells.js';
import {
  addedText,
  chunkText,
  clientCpuText,
  firstRowText,
  formatCount,
  formatDuration,
  formatKnown,
  formatPercent,
  formatPlainSpread,
  formatScaled,
  megabytesText,
  peakText,
  rateText,
  serverCpuText,
} from '../format-number.js';
import { scenarioContent } from '../scenario-content.js';
import { html, htmlTable, type SafeHtml } from './html.js';
import { latencyChart } from './latency-chart.js';

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
        const cell = cellAt(cells, chunk, interval);
        if (!cell) return '';
        const strength = Math.round(heatOf(cell, cells) * 100);
        return html`<span class="heat-cell" style="--heat:${strength}%">${formatScaled(cell.rowsPerSecond)}</span>`;
      }),
    ]),
  })}</div>`;
}

/** Each of the other scenarios: its question, and the figures that answer it. */
export function scenarioCards({ scenarios }: BenchResult): SafeHtml {
  if (scenarios.length === 0) return html``;
  const shown = scenarios.filter(({ cells }) => cells.length > 0);
  const charts = shown.filter(({ name }) => name === 'latency').map((one) => latencyChart(one, 'chart-latency'));
  return html`<div class="grid">${charts}${shown.map(scenarioCard)}</div>`;
}

function scenarioCard(scenario: BenchScenario): SafeHtml {
  const { title, question, notes, head, rows } = scenarioContent(scenario);
  const [, ...figures] = head.map((cell) => cell.replaceAll('\n', ' '));
  const table = htmlTable({ caption: question, head: ['how', ...figures], rows });
  return html`<div class="card"><h3>${title}</h3>${table}${notes.map((note) => html`<p>${note}</p>`)}</div>`;
}

/** Every setting of every scenario with all its figures. */
export function rawTable({ cells, scenarios }: BenchResult): SafeHtml {
  const groups = [{ name: 'throughput', cells }, ...scenarios];
  return htmlTable({
    caption: 'Every setting; medians, half the 95% interval after ±',
    head: [
      'scenario',
      'chunk',
      'check every',
      'rows/s',
      'MB/s',
      'first row ms',
      'gap p50',
      'gap p99',
      'server CPU µs a row',
      'client CPU µs a row',
      'memory added MB',
      'server peak MB',
      ...timeParts.map((part) => part.name),
      'event loop late, p99 ms',
      'garbage collector',
      'n',
    ],
    rows: groups.flatMap(({ name, cells: own }) => own.map((cell) => rowOf(name, cell))),
  });
}

function rowOf(scenario: string, cell: BenchCell): string[] {
  return [
    `${scenario}, ${kindName(cell)}`,
    chunkText(cell),
    formatCount(cell.checkInterval),
    rateText(cell),
    megabytesText(cell),
    firstRowText(cell),
    formatDuration(cell.gapP50Ms),
    formatDuration(cell.gapP99Ms),
    serverCpuText(cell),
    clientCpuText(cell),
    addedText(cell),
    peakText(cell),
    ...(timeShares(cell)?.map(formatPercent) ?? timeParts.map(() => '')),
    formatKnown(cell.eventLoopP99Ms),
    gcShare(cell),
    String(cell.samples.length),
  ];
}

/** What clients that left cost the server. */
export function cancellationTables({ cancellations }: BenchResult): SafeHtml {
  return html`${cancellationKinds(cancellations).map(kindHtml)}`;
}

function kindHtml({ name, cancellations }: CancellationKind): SafeHtml {
  const ofKind = name === undefined ? '' : `, ${name}`;
  return htmlTable({
    caption: `A client leaves part way${ofKind}: rows at worst, times usually`,
    head: [
      'chunk',
      'check every',
      'client got',
      'in flight',
      'server read',
      'at most',
      'within',
      'query ms',
      'ended ms',
    ],
    rows: cancellations.map(({ chunk, checkInterval, worst, withinBound, ...times }) => [
      formatCount(chunk),
      formatCount(checkInterval),
      formatCount(worst.receivedRows),
      formatCount(worst.inFlightRows),
      formatCount(worst.rowsRead),
      formatCount(worst.boundRows),
      withinBound ? 'yes' : 'NO',
      formatPlainSpread(times.lastQueryMs, times.lastQueryMsInterval),
      formatPlainSpread(times.endedMs, times.endedMsInterval),
    ]),
  });
}
