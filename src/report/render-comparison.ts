import type { ComparedCell, ComparedRate, Comparison, ComparisonVerdict, RunDifference } from '../results/index.js';
import { kindName } from './cells.js';
import { formatCount, formatScaled } from './format-number.js';
import { escapeCell, markdownTable } from './render-markdown.js';
import { layOutTable, type Paint, type RenderOptions, type Screen, screenOf } from './terminal.js';

interface ComparisonOptions extends RenderOptions {
  /** Every setting, also those at which nothing changed. Default false. */
  readonly full?: boolean | undefined;
}

/** A comparison for a terminal: how it was made, each setting that changed, what else changed, and last what came of all settings together. */
export function renderComparison(comparison: Comparison, { full = false, ...options }: ComparisonOptions): string {
  const screen = screenOf(options);
  return [
    headerText(comparison, screen),
    comparisonTable(comparison, full, screen.paint),
    ...differencesText(comparison.differences, screen),
    ...doubtsText(comparison, screen),
    answerText(comparison, screen),
  ].join('\n\n');
}

/** A comparison for a pull request: the answer first, since a reader may read no further; then every setting, and what else changed. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const { overall, perCpuSecond, cells, differences, doubts } = comparison;
  const [runs, note] = headerOf(comparison);
  const rowOf = (name: string, rate: ComparedRate) => [name, ...figuresOf(rate)];
  const rows = [
    rowOf('all settings', overall),
    ...(perCpuSecond === null ? [] : [rowOf('all settings, a second of the server’s CPU time', perCpuSecond)]),
    ...cells.map((cell) => rowOf(settingName(cell), cell)),
  ];
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`**${title}**`, lines.map((line) => `- ${line}`).join('\n')];
  return `${[
    `## ${escapeCell(answerOf(comparison))}`,
    escapeCell(runs),
    markdownTable(['', 'before rows/s', 'after rows/s', 'change, %', 'verdict'], rows),
    ...list(DIFFERENCES, differences.map(differenceText).map(escapeCell)),
    ...list(DOUBTS, doubtLines(doubts.map(escapeCell))),
    escapeCell(note),
  ].join('\n\n')}\n`;
}

function settingName(cell: ComparedCell): string {
  return `${kindName(cell)}, chunk ${formatCount(cell.chunk)}, check every ${formatCount(cell.checkInterval)}`;
}

function headerText(comparison: Comparison, { paint, wrap }: Screen): string {
  const [runs, note] = headerOf(comparison);
  return [paint.title(wrap(runs)), paint.faint(wrap(note))].join('\n');
}

/** How it was measured, and how it was judged. */
function headerOf({ design, before, after, significance }: Comparison): [string, string] {
  const runs =
    design === 'side-by-side'
      ? `Two builds in turns, ${after.rounds} rounds (${after.startedAt})`
      : `Before: ${before.startedAt}, ${before.rounds} rounds. After: ${after.startedAt}, ${after.rounds} rounds`;
  const test =
    design === 'side-by-side'
      ? 'Wilcoxon signed-rank test of the pairs; all settings together by the middle of each round'
      : 'Mann–Whitney U test; all settings together by the middle of each round';
  const note = `Rows/s; change with its 95% interval (Hodges–Lehmann). ${test}, Holm’s correction for the settings; a verdict needs p < ${significance}.`;
  return [runs, note];
}

function answerText(comparison: Comparison, { paint, wrap }: Screen): string {
  return paint.title(wrap(answerOf(comparison)));
}

function answerOf({ overall }: Comparison): string {
  return `All settings together: ${verdictText(overall)}`;
}

/** `slower (-9.8 [-12.1, -7.4]%, p 0.004, n=10)` */
function verdictText(rate: ComparedRate): string {
  const facts = `${changeText(rate)}%, p ${pText(rate.pValue)}, n=${samplesText(rate)}`;
  return rate.verdict === 'cannot-tell' ? `can’t tell (${facts})` : `${rate.verdict} (${facts})`;
}

/** A setting at which nothing changed for sure says less than all of them together. */
function comparisonTable({ overall, perCpuSecond, cells }: Comparison, full: boolean, paint: Paint): string {
  const shown = full ? cells : cells.filter(({ verdict }) => verdict !== 'cannot-tell');
  const kinds = [...new Set(shown.map(kindName))];
  const hidden = cells.length - shown.length;
  return layOutTable({
    head: ['chunk', 'check\nevery', 'before\nrows/s', 'after\nrows/s', 'change, %', ''],
    sections: [
      ...kinds.map((kind) => ({
        title: paint.title(kind),
        rows: shown
          .filter((cell) => kindName(cell) === kind)
          .map((cell) => [formatCount(cell.chunk), formatCount(cell.checkInterval), ...figuresOf(cell, paint)]),
      })),
      ...(hidden === 0 ? [] : [{ title: hiddenText(hidden, cells.length), rows: [] }]),
      { title: paint.title('all settings'), rows: [['', '', ...figuresOf(overall, paint)]] },
      ...(perCpuSecond === null
        ? []
        : [
            {
              title: paint.title('all settings, rows a second of the server’s CPU time'),
              rows: [['', '', ...figuresOf(perCpuSecond, paint)]],
            },
          ]),
    ],
  });
}

function hiddenText(hidden: number, all: number): string {
  return `${hidden} of ${all} settings by themselves: can’t tell (--full)`;
}

function figuresOf(rate: ComparedRate, paint?: Paint): string[] {
  const { before, after, verdict } = rate;
  const word = paint ? paintVerdict(verdict, paint) : words[verdict];
  return [formatScaled(before), formatScaled(after), changeText(rate), word];
}

const words: Readonly<Record<ComparisonVerdict, string>> = {
  faster: 'faster',
  slower: 'slower',
  'cannot-tell': 'can’t tell',
};

function paintVerdict(verdict: ComparisonVerdict, paint: Paint): string {
  if (verdict === 'cannot-tell') return paint.faint(words[verdict]);
  return verdict === 'slower' ? paint.bad(words[verdict]) : paint.good(words[verdict]);
}

/** `-9.8 [-12.1, -7.4]`, in percent */
function changeText({ ratio, ratioCi }: ComparedRate): string {
  const interval = ratioCi && ` [${percent(ratioCi[0])}, ${percent(ratioCi[1])}]`;
  return `${percent(ratio)}${interval ?? ''}`;
}

function percent(ratio: number): string {
  const change = (ratio - 1) * 100;
  return `${change > 0 ? '+' : ''}${change.toFixed(1)}`;
}

function samplesText({ samples: [before, after] }: ComparedRate): string {
  return before === after ? String(before) : `${before} and ${after}`;
}

function pText(pValue: number): string {
  return pValue < 0.001 ? '<0.001' : pValue.toFixed(3);
}

function differencesText(differences: readonly RunDifference[], { paint, wrap }: Screen): string[] {
  if (differences.length === 0) return [];
  const lines = differences.map((difference) => wrap(`- ${differenceText(difference)}`, { hanging: '  ' }));
  return [[paint.title(DIFFERENCES), ...lines].join('\n')];
}

const DIFFERENCES = 'Other changes';

function differenceText({ what, before, after }: RunDifference): string {
  return `${what}: ${before} → ${after}`;
}

function doubtsText({ doubts }: Comparison, { paint, wrap }: Screen): string[] {
  if (doubts.length === 0) return [];
  const lines = doubtLines(doubts).map((doubt) => wrap(`- ${doubt}`, { hanging: '  ' }));
  return [[paint.bad(DOUBTS), ...lines].join('\n')];
}

const DOUBTS = 'Why the rates cannot be compared';

/** The doubts, and how to do without them. */
function doubtLines(doubts: readonly string[]): string[] {
  if (doubts.length === 0) return [];
  const hint = 'Compare on a quiet machine, or both builds in turns with `npx grpc-stream bench --against FOLDER`.';
  return [...doubts, hint];
}
