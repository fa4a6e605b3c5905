import { axisX, axisY, barX, dot, gridY, line, type PlotOptions, plot, ruleX, text } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { cellKinds, valuesOf } from '../../src/report/cells.js';
import { addedText, formatCount, rateText } from '../../src/report/format-number.js';
import { headerLines } from '../../src/report/header-lines.js';
import { seriesStyle, thousands } from '../../src/report/html/chart.js';
import { escapeHtml } from '../../src/report/html/html.js';
import {
  type BenchCell,
  type BenchResult,
  describeLoad,
  plainLoad,
  type ScenarioName,
} from '../../src/results/index.js';

/** A figure of the documentation, `docs/figures/NAME.svg`. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** The figures of a result; those of scenarios that it does not have are left out. */
export function figuresOf(result: BenchResult): Figure[] {
  const drawn = [rateFigure, besideFigure, memoryFigure, distanceFigure].map((draw) => draw(result));
  return drawn.flatMap((figure) => figure ?? []);
}

/** Rows a second by chunk size and check interval, for each kind of stream. */
function rateFigure(result: BenchResult): Figure | undefined {
  const kinds = cellKinds(result.cells);
  const intervals = valuesOf(result.cells, 'checkInterval');
  const cells = kinds.flatMap(({ name, cells }) => cells.map((cell) => ({ cell, kind: name })));
  if (cells.length === 0) return undefined;
  return card(
    result,
    {
      name: 'rate',
      title: 'Rows a second by chunk size and check interval',
      legend: intervals.map((interval) => `check every ${formatCount(interval)}`),
    },
    {
      height: 330,
      fx: { domain: kinds.map(({ name }) => name), label: null },
      x: { type: 'point', domain: valuesOf(result.cells, 'chunk').map(formatCount), label: null, padding: 0.5 },
      y: { zero: true, nice: true, label: null },
      marks: [
        gridY({ strokeOpacity: 0.15, ticks: 5 }),
        axisX({ label: 'chunk size, rows', labelArrow: 'none', labelAnchor: 'center' }),
        axisY({ label: 'rows/s', labelArrow: 'none', tickFormat: thousands, ticks: 5 }),
        ...intervals.flatMap((interval, index) => {
          const own = cells.filter(({ cell }) => cell.checkInterval === interval);
          return rateMarks(own, index, intervals.length);
        }),
      ],
    },
  );
}

/** Series side by side, so that their intervals do not cover each other. */
const APART_PX = 9;

function rateMarks(
  cells: readonly { readonly cell: BenchCell; readonly kind: string }[],
  index: number,
  count: number,
) {
  const { color, symbol } = seriesStyle(index);
  const dx = (index - (count - 1) / 2) * APART_PX;
  const place = { x: ({ cell }: (typeof cells)[number]) => formatCount(cell.chunk), fx: 'kind', dx };
  const y = ({ cell }: (typeof cells)[number]) => cell.rowsPerSecond;
  const bound =
    (end: 0 | 1) =>
    ({ cell }: (typeof cells)[number]) =>
      cell.intervals.rowsPerSecond?.[end] ?? cell.rowsPerSecond;
  return [
    line(cells, { ...place, y, stroke: color, strokeOpacity: 0.45 }),
    ruleX(cells, { ...place, y1: bound(0), y2: bound(1), stroke: color, strokeWidth: 2 }),
    dot(cells, { ...place, y, fill: color, symbol, r: 5 }),
  ];
}

/** The stream, and what one writes by hand. */
const WAYS: readonly ScenarioName[] = ['plain', 'offset', 'legacy'];

const WAY_NAMES: Readonly<Record<string, string>> = {
  stream: 'grpc-stream',
  plain: 'handler by hand',
  offset: 'skip and take',
  legacy: 'all in memory',
};

/** A cell for each way to read the same table, the stream first; empty if none was measured beside it. */
export function waysBeside({ scenarios }: BenchResult): readonly BenchCell[] {
  const measured = WAYS.flatMap((name) => scenarios.filter((scenario) => scenario.name === name));
  const stream = measured[0]?.cells.find(({ load }) => load.method === 'stream');
  const others = measured.flatMap(({ cells }) => cells.filter(({ load }) => load.method !== 'stream').slice(0, 1));
  return stream === undefined ? [] : [stream, ...others];
}

export function wayName({ load }: BenchCell): string {
  return WAY_NAMES[load.method] ?? load.method;
}

/** The rate and the memory of each way, side by side. */
function besideFigure(result: BenchResult): Figure | undefined {
  const cells = waysBeside(result);
  if (cells.length < 2) return undefined;
  const most = Math.max(...cells.map((cell) => cell.rowsPerSecond));
  const mostAdded = Math.max(1, ...cells.map((cell) => cell.serverAddedMb ?? 0));
  const bars = cells.flatMap((cell) => {
    const [way, isOurs] = [wayName(cell), cell.load.method === 'stream'];
    return [
      { way, isOurs, figure: RATE, share: cell.rowsPerSecond / most, label: rateText(cell) },
      { way, isOurs, figure: MEMORY, share: (cell.serverAddedMb ?? 0) / mostAdded, label: `${addedText(cell)} MB` },
    ];
  });
  return card(
    result,
    { name: 'beside', title: 'Beside other ways to read the same table, a row a message', legend: [] },
    {
      height: 60 + cells.length * 46,
      marginLeft: 132,
      marginRight: 8,
      marginBottom: 6,
      fx: { domain: [RATE, MEMORY], label: null, padding: 0.08, axis: 'top' },
      // Room at the end of the longest bar for its label.
      x: { domain: [0, 1.75], axis: null },
      y: { domain: cells.map(wayName), label: null, padding: 0.35 },
      marks: [
        axisY({ label: null, tickSize: 0 }),
        barX(bars, {
          fx: 'figure',
          y: 'way',
          x: 'share',
          fill: ({ isOurs }) => (isOurs ? 'var(--series-1)' : 'var(--other)'),
        }),
        text(bars, {
          fx: 'figure',
          y: 'way',
          x: 'share',
          text: 'label',
          textAnchor: 'start',
          dx: 6,
          fill: 'currentColor',
        }),
      ],
    },
  );
}

const RATE = 'rows/s: more is better';
const MEMORY = 'memory added: less is better';

/** What streams add to the memory of a server as the table grows. */
function memoryFigure(result: BenchResult): Figure | undefined {
  const cells = result.scenarios.filter(({ name }) => name === 'memory').flatMap((scenario) => scenario.cells);
  const points = cells
    .filter(({ serverAddedMb }) => serverAddedMb !== null)
    .map((cell) => ({ way: wayName(cell), rows: cell.rows, cell, added: cell.serverAddedMb ?? 0 }))
    .sort((a, b) => a.rows - b.rows);
  const rows = [...new Set(points.map((point) => point.rows))];
  if (rows.length < 2) return undefined;
  const ways = [...new Set(points.map(({ way }) => way))];
  return card(
    result,
    { name: 'memory', title: 'Memory that a table adds to a new server', legend: ways },
    {
      height: 300,
      marginRight: 26,
      x: { nice: true, label: null },
      y: { zero: true, nice: true, label: null },
      marks: [
        gridY({ strokeOpacity: 0.15, ticks: 5 }),
        axisX({
          label: 'rows of the table',
          labelArrow: 'none',
          labelAnchor: 'center',
          ticks: rows,
          tickFormat: thousands,
        }),
        axisY({ label: 'MB', labelArrow: 'none', ticks: 5 }),
        ...ways.flatMap((way, index) => {
          const own = points.filter((point) => point.way === way);
          const { color, symbol } = seriesStyle(index);
          return [
            line(own, { x: 'rows', y: 'added', stroke: color, strokeWidth: 2 }),
            ruleX(own, {
              x: 'rows',
              y1: ({ cell, added }) => cell.intervals.serverAddedMb?.[0] ?? added,
              y2: ({ cell, added }) => cell.intervals.serverAddedMb?.[1] ?? added,
              stroke: color,
              strokeWidth: 2,
            }),
            dot(own, { x: 'rows', y: 'added', fill: color, symbol, r: 5 }),
          ];
        }),
      ],
    },
  );
}

/** The rate over distances, by the client's flow-control window. */
function distanceFigure(result: BenchResult): Figure | undefined {
  const cells = result.scenarios.filter(({ name }) => name === 'distance').flatMap((scenario) => scenario.cells);
  const points = cells
    .map((cell) => ({
      cell,
      rtt: `${cell.load.rttMs} ms`,
      window: windowName(cell),
      bytes: cell.load.windowBytes ?? 0,
    }))
    .sort((a, b) => a.bytes - b.bytes);
  const windows = [...new Set(points.map(({ window }) => window))];
  const distances = [...new Set(cells.map(({ load }) => load.rttMs))].sort((a, b) => a - b).map((rtt) => `${rtt} ms`);
  if (distances.length < 2) return undefined;
  return card(
    result,
    { name: 'distance', title: 'MB a second over a distance, by the client’s window', legend: windows },
    {
      height: 300,
      x: { type: 'point', domain: distances, label: null, padding: 0.4 },
      y: { zero: true, nice: true, label: null },
      marks: [
        gridY({ strokeOpacity: 0.15, ticks: 5 }),
        axisX({ label: 'round trip that is added', labelArrow: 'none', labelAnchor: 'center' }),
        axisY({ label: 'MB/s', labelArrow: 'none', ticks: 5 }),
        ...windows.flatMap((window, index) => {
          const own = points.filter((point) => point.window === window);
          const { color, symbol } = seriesStyle(index);
          const y = ({ cell }: (typeof own)[number]) => cell.megabytesPerSecond;
          return [
            line(own, { x: 'rtt', y, stroke: color, strokeWidth: 2 }),
            dot(own, { x: 'rtt', y, fill: color, symbol, r: 5 }),
          ];
        }),
      ],
    },
  );
}

function windowName({ load }: BenchCell): string {
  return load.windowBytes === null
    ? 'window of the client'
    : describeLoad({ ...plainLoad, windowBytes: load.windowBytes });
}

interface CardText {
  readonly name: string;
  readonly title: string;
  /** The names of the series, in their colours. */
  readonly legend: readonly string[];
}

/** Narrow enough to be read on a phone, which shows it at about 0.6 of its size. */
const WIDTH = 640;
const HEAD = 64;
const HEAD_ALONE = 38;
const FOOT = 62;

/** A chart on a card of its own, light or dark as the reader's system is; below it the machine and how it was measured. */
function card(
  result: BenchResult,
  { name, title, legend }: CardText,
  options: PlotOptions & { readonly height: number },
): Figure {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const chart = plot({
    width: WIDTH - 24,
    marginTop: 42,
    marginLeft: 52,
    marginBottom: 44,
    marginRight: 12,
    style: { background: 'none', fontSize: '15px' },
    ...options,
    document,
  });
  const head = legend.length > 0 ? HEAD : HEAD_ALONE;
  const height = head + options.height + FOOT;
  const [what, machine, how] = headerLines(result);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif">
<title id="title">${escapeHtml(`${title}. ${what}; ${machine}.`)}</title>
<style>${STYLE}</style>
<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="12"/>
<text x="18" y="30" font-size="18" font-weight="600" fill="currentColor">${escapeHtml(title)}</text>
${legendOf(legend)}
<g transform="translate(12 ${head})" color="currentColor">${svgOf(chart)}</g>
${[what, machine, `${how}; median with its 95% interval`].map((line, index) => `<text class="quiet" x="18" y="${height - 46 + index * 17}" font-size="12">${escapeHtml(line)}</text>`).join('\n')}
</svg>
`;
  return { name, title, svg };
}

/** About the width of a letter of the legend. */
const LETTER_PX = 7.6;

function legendOf(names: readonly string[]): string {
  let x = 18;
  return names
    .map((name, index) => {
      const start = x;
      x += 30 + name.length * LETTER_PX;
      return `<rect x="${start}" y="45" width="12" height="12" rx="3" fill="${seriesStyle(index).color}"/><text x="${start + 18}" y="56" font-size="14" fill="currentColor">${escapeHtml(name)}</text>`;
    })
    .join('');
}

/** Two decimals are enough for a screen, and keep the files small. */
function svgOf(chart: { readonly outerHTML: string }): string {
  return chart.outerHTML
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/ (?:aria-(?:label|hidden|description)|class)="[^"]*"/g, '')
    .replace(/(-?\d+\.\d{2})\d+/g, '$1');
}

const STYLE = [
  'svg { color: #1b2430; --series-1: #2563c9; --series-2: #c2570c; --series-3: #0f7a6c; --series-4: #b3246b; --series-5: #6d3fc4; --series-6: #5b6b0a; --other: #8a94a3; }',
  '.card { fill: #ffffff; stroke: #dfe3e8; }',
  '.quiet { fill: #55606e; }',
  '@media (prefers-color-scheme: dark) {',
  'svg { color: #e6ebf2; --series-1: #6aa5ff; --series-2: #ffa657; --series-3: #3ecfb8; --series-4: #ff7eb6; --series-5: #b79bff; --series-6: #bdd04f; --other: #6d7888; }',
  '.card { fill: #161d27; stroke: #2a3442; }',
  '.quiet { fill: #a3afbf; }',
  '}',
].join(' ');
