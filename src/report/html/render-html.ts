import type { BenchCell, BenchResult } from '../../results/index.js';
import { answerLines } from '../answer.js';
import { cellKinds, fastestOf, kindName } from '../cells.js';
import { configLine, describeAdvice, guidanceNote, nothingClear } from '../describe-advice.js';
import { formatCount, formatDigits, formatScaled } from '../format-number.js';
import { headerLines, warningsTitle } from '../header-lines.js';
import { labelsOf } from '../scenario-content.js';
import { firstRowChart } from './first-row-chart.js';
import { html, type SafeHtml, trusted } from './html.js';
import { memoryChart } from './memory-chart.js';
import { pageStyle } from './page-style.js';
import { paretoChart } from './pareto-chart.js';
import { cancellationTables, heatTable, rawTable, scenarioCards } from './tables.js';
import { throughputChart } from './throughput-chart.js';
import { timeChart } from './time-chart.js';

/**
 * A result as one page that needs nothing else: no script, no font, no request. Its charts are drawn already, in the
 * colours of the reader's theme, and each has its figures in a table below.
 */
export function renderHtml(result: BenchResult): string {
  const sections = sectionsOf(result).filter(({ body }) => body.text !== '');
  const [what, ...how] = headerLines(result);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>grpc-stream bench: ${result.table.model}, ${result.startedAt.slice(0, 10)}</title>
<style>${trusted(pageStyle)}</style>
</head>
<body>
<header>
<h1>${what ?? ''}</h1>
${how.map((line) => html`<p class="quiet">${line}</p>`)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main>
${summaryTiles(result)}
${sections.map(({ id, title, body }) => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`)}
</main>
<footer><p>grpc-stream ${result.environment.packages['grpc-stream'] ?? ''}, measured ${result.startedAt}.</p></footer>
</body>
</html>
`.text;
}

/** The few most important figures; none where the sweep was left out. */
function summaryTiles({ cells, cancellations }: BenchResult): SafeHtml {
  if (cells.length === 0) return html``;
  const rates = cellKinds(cells).map(({ name, cells: own }) => {
    const best = fastestOf(own);
    return tile(`${formatScaled(best.rowsPerSecond)} rows/s`, `fastest, ${name}: ${settingOf(best)}`);
  });
  const soonest = cells.reduce((least, cell) => (cell.firstRowMs < least.firstRowMs ? cell : least));
  const leanest = cells
    .filter(({ serverPeakRssMb }) => serverPeakRssMb !== null)
    .sort((a, b) => (a.serverPeakRssMb ?? 0) - (b.serverPeakRssMb ?? 0))[0];
  const ended = cancellations.map(({ endedMs }) => endedMs);
  return html`<ul class="tiles">${[
    ...rates,
    tile(`${formatDigits(soonest.firstRowMs)} ms`, `soonest first row, ${kindName(soonest)}: ${settingOf(soonest)}`),
    ...(leanest
      ? [
          tile(
            `${formatDigits(leanest.serverPeakRssMb ?? 0)} MB`,
            `least server peak, ${kindName(leanest)}: ${settingOf(leanest)}`,
          ),
        ]
      : []),
    ...(ended.length > 0
      ? [tile(`${formatDigits(Math.max(...ended))} ms`, 'to end a cancelled stream, at the slowest setting')]
      : []),
  ]}</ul>`;
}

function tile(figure: string, words: string): SafeHtml {
  return html`<li><strong>${figure}</strong><span>${words}</span></li>`;
}

function settingOf({ chunk, checkInterval }: BenchCell): string {
  return `chunk ${formatCount(chunk)}, check every ${formatCount(checkInterval)}`;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: SafeHtml;
}

function sectionsOf(result: BenchResult): Section[] {
  const kinds = cellKinds(result.cells);
  const memory = memoryChart(memorySeries(result), 'chart-memory');
  const choices = kinds.map((kind, index) => paretoChart(kind, `pareto-${index}`)).filter(({ text }) => text !== '');
  return [
    { id: 'answer', title: 'Answer', body: answerHtml(result) },
    { id: 'guidance', title: 'Guidance', body: guidanceHtml(result) },
    { id: 'warnings', title: warningsTitle, body: warningsHtml(result) },
    {
      id: 'throughput',
      title: 'Throughput',
      body: grid([
        ...kinds.map((kind, index) => throughputChart(kind, `throughput-${index}`)),
        ...kinds.map(heatTable),
      ]),
    },
    {
      id: 'choice',
      title: choices.length > 0 ? 'Rate against memory' : 'Memory',
      body: grid([...choices, memory]),
    },
    {
      id: 'latency',
      title: 'First row',
      body: grid(kinds.map((kind, index) => firstRowChart(kind, `latency-${index}`))),
    },
    {
      id: 'time',
      title: 'Where the time went',
      body: grid(kinds.map((kind, index) => timeChart(kind, `time-${index}`))),
    },
    { id: 'cancellation', title: 'Cancellation', body: cancellationsHtml(result) },
    { id: 'scenarios', title: 'Scenarios', body: scenarioCards(result) },
    { id: 'table', title: 'All figures', body: figuresHtml(result) },
    { id: 'environment', title: 'Measured on', body: environmentHtml(result) },
  ];
}

function answerHtml(result: BenchResult): SafeHtml {
  const lines = answerLines(result);
  if (lines.length === 0) return html``;
  const items = lines.map(({ label, text, command }) => {
    return html`<li><strong>${label}</strong> ${text}${command === undefined ? html`` : html` ${commandHtml(command)}`}</li>`;
  });
  return html`<div class="card"><ul class="plain">${items}</ul></div>`;
}

function guidanceHtml(result: BenchResult): SafeHtml {
  const { guidance } = result;
  if (guidance.length === 0) return html``;
  const cards = guidance.map((advice) => {
    const { headline, sentences, command } = describeAdvice(advice, result);
    const settle = command === undefined ? html`` : html`<p>To settle it: ${commandHtml(command)}</p>`;
    const isClear = advice.confidence === 'clear';
    return html`<article class="card advice${isClear ? ' clear' : ''}"><span class="tag">${isClear ? 'clear' : 'undecided'}</span>
<h3>${headline}</h3>${sentences.map((sentence) => html`<p>${sentence}</p>`)}${settle}</article>`;
  });
  const line = configLine(guidance);
  const config =
    line === undefined
      ? html`<div class="card"><p>${nothingClear}</p></div>`
      : html`<div class="card"><h3>In grpc-stream.config.ts</h3><pre>${line}</pre></div>`;
  return html`<p class="quiet">${guidanceNote}</p><div class="grid">${cards}${config}</div>`;
}

/** Breaks only between its words: a flag in two lines cannot be copied. */
function commandHtml(command: string): SafeHtml {
  return html`<code>${command.split(' ').map((word) => html`<span class="word">${word}</span> `)}</code>`;
}

function warningsHtml({ warnings }: BenchResult): SafeHtml {
  if (warnings.length === 0) return html``;
  return html`<div class="card warning"><ul class="plain">${warnings.map(({ message, hint }) => html`<li>${message}: ${hint}</li>`)}</ul></div>`;
}

function cancellationsHtml(result: BenchResult): SafeHtml {
  if (result.cancellations.length === 0) return html``;
  return html`<div class="card">${cancellationTables(result)}</div>`;
}

/** Cards side by side; nothing when there are none. */
function grid(cards: readonly SafeHtml[]): SafeHtml {
  const shown = cards.filter(({ text }) => text !== '');
  return shown.length === 0 ? html`` : html`<div class="grid">${shown}</div>`;
}

/** How memory grows with the table, for each way to read it that was measured. */
function memorySeries({ scenarios }: BenchResult) {
  const cells = scenarios.find(({ name }) => name === 'memory')?.cells ?? [];
  /** Cells of one line differ in their rows alone. */
  const names = labelsOf(
    'memory',
    cells.map((cell) => ({ ...cell, load: { ...cell.load, rows: null } })),
  ).own;
  return [...new Set(names)].map((name) => ({ name, cells: cells.filter((_, index) => names[index] === name) }));
}

function figuresHtml(result: BenchResult): SafeHtml {
  return html`<div class="card">${rawTable(result)}</div>`;
}

function environmentHtml({ environment, settings }: BenchResult): SafeHtml {
  const { os, packages } = environment;
  const versions = Object.entries(packages).map(([name, version]) => html`<li>${name} ${version}</li>`);
  return html`<div class="card"><ul class="plain"><li>${os}</li>${versions}</ul>
<details><summary>Settings</summary><pre>${JSON.stringify(settings, null, 2)}</pre></details></div>`;
}
