import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchCommand } from '../../src/report/bench-command.js';
import { addedText, rateText } from '../../src/report/format-number.js';
import { renderBench } from '../../src/report/render-bench.js';
import { renderTuningGuide, replaceBetweenMarkers } from '../../src/report/render-tuning-guide.js';
import type { BenchCell, BenchResult } from '../../src/results/index.js';
import { figuresOf, wayName, waysBeside } from './figures.js';
import { terminalSvg } from './terminal-svg.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The result that the pages are made from. */
export const RESULT = join(root, 'docs/bench-result.json');

/** The folder of the figures. */
export const FIGURES = join(root, 'docs/figures');

/** The figures and the session in a terminal, each with its file. */
export function figureFiles(result: BenchResult): { readonly file: string; readonly svg: string }[] {
  const figures = [...figuresOf(result), { name: 'session', svg: sessionOf(result) }];
  return figures.map(({ name, svg }) => ({ file: join(FIGURES, `${name}.svg`), svg }));
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
  readonly render: (result: BenchResult, before: string) => string;
}

export const pages: readonly Page[] = [
  { file: join(root, 'docs/tuning.md'), render: tuningPage },
  {
    file: join(root, 'README.md'),
    render: (result, before) => replaceBetweenMarkers(before, 'bench:summary', summary(result)),
  },
];

/** The guide, with the figures where their subject begins. */
function tuningPage(result: BenchResult): string {
  const drawn = new Map(figuresOf(result).map(({ name, title }) => [name, `![${title}](figures/${name}.svg)`]));
  const places = {
    rate: '## The chunk size',
    beside: '## Beside other ways',
    memory: '**Memory**',
    distance: '**Distance**',
  };
  return Object.entries(places).reduce((page, [name, place]) => {
    const figure = drawn.get(name);
    if (figure === undefined || !page.includes(`\n${place}`)) return page;
    return place.startsWith('##')
      ? page.replace(`\n${place}\n`, `\n${place}\n\n${figure}\n`)
      : page.replace(`\n${place}`, `\n${figure}\n\n${place}`);
  }, renderTuningGuide(result));
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
