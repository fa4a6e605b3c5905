import type { BenchCell, BenchChunk, BenchResult } from '../results/index.js';
import { type AnswerLine, answerLines } from './answer.js';
import { cellAt, cellKinds, heatOf, valuesOf } from './cells.js';
import { formatCount, formatScaled, rateText } from './format-number.js';
import { headerLines } from './header-lines.js';
import { detailSections, noAdvice, scenarioTables } from './result-details.js';
import { otherWays } from './scenario-content.js';
import { type RenderOptions, type Screen, screenOf } from './terminal.js';

interface BenchOptions extends RenderOptions {
  /** Every table and all advice, above the answer. Default false. */
  readonly full?: boolean | undefined;
}

/** A result for a terminal: what was measured, the rates in one table, and last the answer; the other tables only if asked for. */
export function renderBench(result: BenchResult, { full = false, ...options }: BenchOptions): string {
  const screen = screenOf(options);
  const isSweep = result.cells.length > 0;
  const details = full ? detailSections(result, screen) : shortSections(result, screen);
  return [headerText(result, screen), ...details, ...(isSweep ? [answerText(result, screen)] : [])].join('\n\n');
}

function headerText(result: BenchResult, { paint, wrap }: Screen): string {
  const [what, ...how] = headerLines(result);
  return [paint.title(wrap(what)), ...how.map((line) => wrap(line))].join('\n');
}

/** The rates of a sweep, and what else there is; where no sweep was measured, the scenarios that were. */
function shortSections(result: BenchResult, screen: Screen): string[] {
  const doubts = doubtsText(result, screen);
  if (result.cells.length === 0) return [...scenarioTables(result.scenarios, screen), ...doubts];
  return [ratesText(result, screen), ...otherWaysText(result, screen), ...doubts];
}

/** The rates by chunk (down) and check interval (across), with their intervals where the window is wide enough. */
function ratesText(result: BenchResult, { paint, width, wrap }: Screen): string {
  const { cells, rounds, settings } = result;
  const intervals = valuesOf(cells, 'checkInterval');
  const chunks = valuesOf(cells, 'chunk');
  const heads = intervals.map((value) => valueText(value, settings.configured?.cancellationCheckInterval));
  const names = chunks.map((value) => valueText(value, settings.configured?.chunkSize));
  const nameWidth = Math.max('chunk'.length, ...names.map((name) => name.length)) + 2;
  const isWide = nameWidth + intervals.length * COLUMN <= width;
  const column = isWide ? COLUMN : NARROW_COLUMN;
  const sections = cellKinds(cells).flatMap(({ name, cells: own }) => [
    paint.faint(wrap(name)),
    ...chunks.flatMap((chunk, index) => {
      const found = intervals.map((interval) => cellAt(own, chunk, interval));
      if (found.every((cell) => cell === undefined)) return [];
      const figures = found.map((cell) => rateIn(cell, { own, column, isWide, paint }));
      return `${(names[index] ?? '').padStart(nameWidth)}${figures.join('')}`;
    }),
  ]);
  return [
    paint.title(`Rows/s at each chunk size (down) and check interval (across)`),
    paint.faint(wrap(`Median of ${rounds === 1 ? 'one round' : `${rounds} rounds`} ± half its 95% interval.`)),
    `${'chunk'.padStart(nameWidth)}${heads.map((head) => head.padStart(column)).join('')}`,
    ...sections,
  ].join('\n');
}

/** Room for `now 1,000`, and for `1.23M ± 0.04M`, with a gap. */
const COLUMN = 17;
const NARROW_COLUMN = 11;

function valueText(value: BenchChunk, now: BenchChunk | undefined): string {
  return value === now ? `now ${formatCount(value)}` : formatCount(value);
}

interface RateOptions {
  /** The cells of the same kind of stream. */
  readonly own: readonly BenchCell[];
  readonly column: number;
  readonly isWide: boolean;
  readonly paint: Screen['paint'];
}

function rateIn(cell: BenchCell | undefined, { own, column, isWide, paint }: RateOptions): string {
  if (!cell) return ' '.repeat(column);
  const text = isWide ? rateText(cell) : formatScaled(cell.rowsPerSecond);
  return paint.heat(text.padStart(column), heatOf(cell, own));
}

function otherWaysText({ scenarios }: BenchResult, { wrap }: Screen): string[] {
  const ways = otherWays(scenarios);
  return ways.length === 0 ? [] : [wrap(`Rate of other ways, beside this stream's: ${ways.join(', ')}.`)];
}

/** The warnings, except for the one that the answer covers. */
function doubtsText({ warnings, cells }: BenchResult, { paint, wrap }: Screen): string[] {
  const shown = warnings.filter(({ code }) => cells.length === 0 || code !== 'time-limited');
  if (shown.length === 0) return [];
  return [shown.map(({ message }) => paint.bad(wrap(`! ${message}`, { hanging: '  ' }))).join('\n')];
}

/** Last, where the reader looks first. */
function answerText(result: BenchResult, screen: Screen): string {
  const { paint, wrap } = screen;
  const lines = answerLines(result);
  if (lines.length === 0) return wrap(noAdvice);
  return [paint.title('Answer'), ...lines.flatMap((line) => lineText(line, screen)), ...MORE.map(paint.faint)].join(
    '\n',
  );
}

const LABEL = 7;

function lineText({ label, text, command }: AnswerLine, { paint, wrap }: Screen): string[] {
  const hanging = ' '.repeat(LABEL + 2);
  const [first = '', ...rest] = wrap(text, { indent: hanging, hanging }).split('\n');
  const head = `  ${paint.good(label)}${first.slice(2 + label.length)}`;
  return [head, ...rest, ...(command === undefined ? [] : [`    ${command}`])];
}

const MORE = [
  '  More   every table: npx grpc-stream bench report --full',
  '         a page with charts: npx grpc-stream bench report --html bench.html',
];
