import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readResult } from '../../src/bench/index.js';
import { benchCommand } from '../../src/report/bench-command.js';
import { addedText, rateText } from '../../src/report/format-number.js';
import { headerLines } from '../../src/report/header-lines.js';
import { renderBench } from '../../src/report/render-bench.js';
import { guidanceMarkdown, scenariosMarkdown, throughputMarkdown } from '../../src/report/render-markdown.js';
import { renderTuningGuide, replaceBetweenMarkers } from '../../src/report/render-tuning-guide.js';
import type { BenchCell, BenchResult } from '../../src/results/index.js';
import { type Figure, figuresOf, wayName, waysBeside } from './figures.js';
import { terminalSvg } from './terminal-svg.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The results that the pages are made from. */
export interface KeptResults {
  /** The built-in demo's, on SQLite. */
  readonly demo: BenchResult;
  /** A project's, on PostgreSQL; there may be none. */
  readonly postgresql?: BenchResult;
}

const KEPT = {
  demo: join(root, 'docs/bench-result.json'),
  postgresql: join(root, 'docs/bench-result-postgresql.json'),
};

/** Where a result is kept, by its database. */
export function keptFile({ environment }: BenchResult): string {
  return environment.database.provider === 'postgresql' ? KEPT.postgresql : KEPT.demo;
}

export async function keptResults(): Promise<KeptResults> {
  const demo = await readResult(KEPT.demo);
  return existsSync(KEPT.postgresql) ? { demo, postgresql: await readResult(KEPT.postgresql) } : { demo };
}

/** The folder of the figures. */
export const FIGURES = join(root, 'docs/figures');

/** The figures and the session in a terminal, each with its file. */
export function figureFiles(results: KeptResults): { readonly file: string; readonly svg: string }[] {
  const figures = [
    ...figuresOf(results.demo),
    { name: 'session', svg: sessionOf(results.demo) },
    ...postgresqlFigures(results),
  ];
  return figures.map(({ name, svg }) => ({ file: join(FIGURES, `${name}.svg`), svg }));
}

function postgresqlFigures({ postgresql }: KeptResults): Figure[] {
  if (!postgresql) return [];
  return figuresOf(postgresql).map((figure) => ({ ...figure, name: `${figure.name}-postgresql` }));
}

/** The screen of the bench that the result is from: the command that makes it again, and its output. */
function sessionOf(result: BenchResult): string {
  const columns = 84;
  return terminalSvg({
    title: 'The screen of grpc-stream bench, which ends with the answer',
    command: benchCommand(result, { without: [], flags: [] }),
    output: renderBench(result, { color: true, width: columns }),
    columns,
  });
}

export interface Page {
  readonly file: string;
  /** The page as the result makes it; `before` holds what is not made from it. */
  readonly render: (results: KeptResults, before: string) => string;
}

export const pages: readonly Page[] = [
  { file: join(root, 'docs/tuning.md'), render: tuningPage },
  {
    file: join(root, 'README.md'),
    render: ({ demo }, before) => replaceBetweenMarkers(before, 'bench:summary', summary(demo)),
  },
];

/** The guide, with the figures where their subject begins. */
function tuningPage(results: KeptResults): string {
  const drawn = new Map(figuresOf(results.demo).map((figure) => [figure.name, imageOf(figure)]));
  const places = {
    rate: '## The chunk size',
    beside: '## Beside other ways',
    memory: '**Memory**',
    distance: '**Distance**',
  };
  const guide = Object.entries(places).reduce((page, [name, place]) => {
    const figure = drawn.get(name);
    if (figure === undefined || !page.includes(`\n${place}`)) return page;
    return place.startsWith('##')
      ? page.replace(`\n${place}\n`, `\n${place}\n\n${figure}\n`)
      : page.replace(`\n${place}`, `\n${figure}\n\n${place}`);
  }, renderTuningGuide(results.demo));
  return `${[guide.trimEnd(), ...postgresqlSection(results)].join('\n\n')}\n`;
}

/** The same on PostgreSQL: the figures, the rates, and the advice. */
function postgresqlSection(results: KeptResults): string[] {
  const { postgresql } = results;
  if (!postgresql) return [];
  return [
    '## On PostgreSQL',
    headerLines(postgresql).join('; '),
    ...postgresqlFigures(results).map(imageOf),
    throughputMarkdown(postgresql),
    scenariosMarkdown(postgresql),
    guidanceMarkdown(postgresql),
  ].filter((part) => part !== '');
}

function imageOf({ name, title }: Figure): string {
  return `![${title}](figures/${name}.svg)`;
}

/** The first figure, and the rate and the memory of each way to read. */
function summary(result: BenchResult): string {
  const { startedAt, environment } = result;
  const [first] = figuresOf(result);
  const [stream, ...others] = waysBeside(result);
  const version = environment.packages['grpc-stream'] ?? 'unknown';
  const ways = others.map((cell) => `${wayName(cell)} ${figuresIn(cell)}`);
  return [
    first === undefined ? '' : `![${first.title}](docs/figures/${first.name}.svg)`,
    [
      ...(stream === undefined ? [] : [`**${figuresIn(stream)}**, a row a message; ${ways.join(', ')}.`]),
      `Measured by \`npx grpc-stream bench\` with version ${version} on ${startedAt.slice(0, 10)}: [all figures](docs/tuning.md).`,
    ].join(' '),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function figuresIn(cell: BenchCell): string {
  return `${rateText(cell)} rows/s and ${addedText(cell)} MB`;
}
