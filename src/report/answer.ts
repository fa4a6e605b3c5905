import {
  type Advice,
  type BenchCell,
  type BenchChunk,
  type BenchResult,
  type Candidate,
  decidedSettings,
  type Interval,
  type StreamMode,
} from '../results/index.js';
import { benchCommand } from './bench-command.js';
import { settlingCommand } from './describe-advice.js';
import { formatCount, formatDigits, formatPercent } from './format-number.js';

/** One part of the answer. */
export interface AnswerLine {
  readonly label: 'Use' | 'Speed' | 'Cost' | 'Sure' | 'Open' | 'Apply' | 'Next';
  readonly text: string;
  /** To be copied: it is never broken. */
  readonly command?: string;
}

/** The settings that the answer is about. */
type Setting = Advice['setting'];
const SETTINGS: readonly Setting[] = ['chunkSize', 'cancellationCheckInterval'];

/**
 * What a sweep says to its reader first: the settings to use, how much faster they are than those in force, what they cost, how sure that
 * is, and the command that applies them or that would settle what is open. Empty where there was no choice.
 */
export function answerLines(result: BenchResult): AnswerLine[] {
  const decisions = SETTINGS.flatMap((setting) => decide(setting, result) ?? []);
  if (decisions.length === 0) return [];
  return [
    { label: 'Use', text: decisions.map(useText).join(', ') },
    ...speedLines(decisions, result),
    ...costLine(decisions, result),
    ...sureLines(decisions, result),
    ...timeLine(result),
    ...applyLine(decisions),
  ];
}

/** What to do about one setting. */
interface Decision {
  readonly setting: Setting;
  /** All advice about it; the first decides. */
  readonly advice: readonly [Advice, ...Advice[]];
  readonly value: BenchChunk;
  /** Null where what is in force is not known. */
  readonly now: BenchChunk | null;
  readonly isDecided: boolean;
}

/** The value that is decided; where there is none, what is in force stays. Undefined where the setting was not swept. */
function decide(setting: Setting, { guidance, settings: { configured } }: BenchResult): Decision | undefined {
  const advice = guidance.filter((one) => one.setting === setting && one.audience !== 'tight-memory');
  const decided = decidedSettings(guidance)[setting];
  const now = configured?.[setting] ?? null;
  const isDeciding = ({ audience, recommended }: Advice) =>
    audience === 'batch-clients' || (setting === 'chunkSize' && (decided === undefined || recommended === decided));
  const [first = advice[0]] = advice.filter(isDeciding);
  const value = decided ?? now ?? first?.recommended;
  if (first === undefined || value === undefined || value === null) return undefined;
  const others = advice.filter((one) => one !== first);
  return { setting, advice: [first, ...others], value, now, isDecided: decided !== undefined };
}

function useText({ setting, value, now, isDecided }: Decision): string {
  const remarks = [...besideNow(value, now), ...(isDecided ? [] : ['undecided'])];
  return `${setting}: ${value}${remarks.length === 0 ? '' : ` (${remarks.join(', ')})`}`;
}

function besideNow(value: BenchChunk, now: BenchChunk | null): string[] {
  if (now === null) return [];
  return [now === value ? 'as now' : `now ${now}`];
}

/** How the rate compares with that of what is in force; where that stays, why no other value is better. */
function speedLines(decisions: readonly Decision[], result: BenchResult): AnswerLine[] {
  const changed = decisions.filter(({ value, now }) => now !== null && now !== value);
  if (changed.length > 0) {
    return (['rows', 'batches'] as const).flatMap((mode): AnswerLine[] => {
      const gain = gainIn(mode, changed);
      return gain ? [{ label: 'Speed', text: `${gainText(gain)}, ${modeName(mode, result)}` }] : [];
    });
  }
  return decisions.flatMap((decision) => standingText(decision).map((text) => ({ label: 'Speed' as const, text })));
}

function modeName(mode: StreamMode, { cells }: BenchResult): string {
  if (mode === 'rows') return 'a row a message';
  const sizes = [...new Set(cells.flatMap(({ batchRows }) => batchRows ?? []))];
  return sizes.length === 1 ? `batches of ${sizes[0]} rows` : 'batches';
}

type Gain = NonNullable<Candidate['besideNow']>;

/** The gains of several settings multiply, and so do the ends of their intervals: both intervals hold at once. */
function gainIn(mode: StreamMode, changed: readonly Decision[]): Gain | undefined {
  const gains = changed.flatMap(({ advice, value }) => {
    const own = advice.find((one) => one.mode === mode);
    return own?.candidates.find((one) => one.value === value)?.besideNow ?? [];
  });
  if (gains.length === 0) return undefined;
  return gains.reduce((one, other) => ({
    ratio: one.ratio * other.ratio,
    ratioCi: one.ratioCi && other.ratioCi && [one.ratioCi[0] * other.ratioCi[0], one.ratioCi[1] * other.ratioCi[1]],
  }));
}

/** Less than this is no difference that matters. */
const TOLERANCE = 0.05;

function gainText({ ratio, ratioCi }: Gain): string {
  if (ratioCi && ratioCi[0] >= 1 - TOLERANCE && ratioCi[1] <= 1 / (1 - TOLERANCE)) {
    return `as fast as today: ${rangeText(ratioCi)} of today’s rate`;
  }
  return `${formatDigits(ratio)} times today’s rate${ratioCi ? ` (${timesText(ratioCi)})` : ''}`;
}

function rangeText([low, high]: Interval): string {
  return `${formatPercent(low)} to ${formatPercent(high)}`;
}

function timesText([low, high]: Interval): string {
  return `${formatDigits(low)} to ${formatDigits(high)}`;
}

/** Why a value stays: those that are slower for sure, and that none is faster. */
function standingText({ setting, value, advice: [{ candidates, tolerance, confidence }] }: Decision): string[] {
  const slower = candidates.filter(({ verdict }) => verdict === 'slower');
  const texts = [
    ...slower.map((one) => `${formatCount(one.value)} runs at ${formatPercent(one.ratio)} of the fastest`),
    ...(confidence === 'clear'
      ? [`no value is faster than ${formatCount(value)} by more than ${formatPercent(tolerance)}`]
      : []),
  ];
  return texts.length === 0 ? [] : [`${nameOf(setting)}: ${texts.join(', ')}`];
}

function nameOf(setting: Setting): string {
  return setting === 'chunkSize' ? 'chunk size' : 'check interval';
}

/** What the chosen settings cost beside those in force: the first row, memory, and the end of a stream that was left. */
function costLine(decisions: readonly Decision[], result: BenchResult): AnswerLine[] {
  const use = settingsOf(decisions, ({ value }) => value);
  const now = settingsOf(decisions, (decision) => decision.now ?? decision.value);
  const [chosen, today] = [use, now].map((settings) => cellOf(settings, result));
  const [left, leftToday] = [use, now].map((settings) => cancellationOf(settings, result));
  const parts = [
    ...compared('first row after', 'ms', chosen?.firstRowMs, today?.firstRowMs),
    ...compared('memory', 'MB more', chosen?.serverAddedMb, today?.serverAddedMb),
    ...compared('a cancelled stream ends after', 'ms', left?.endedMs, leftToday?.endedMs),
  ];
  return parts.length === 0 ? [] : [{ label: 'Cost', text: parts.join('; ') }];
}

type Chosen = Readonly<Partial<Record<Setting, BenchChunk>>>;

function settingsOf(decisions: readonly Decision[], pick: (decision: Decision) => BenchChunk): Chosen {
  return Object.fromEntries(decisions.map((decision) => [decision.setting, pick(decision)]));
}

function cellOf(chosen: Chosen, { cells }: BenchResult): BenchCell | undefined {
  return cells.find((cell) => cell.mode === 'rows' && isAt(chosen, cell));
}

/** At the interval that was chosen; the chunk hardly matters, and not every one is measured. */
function cancellationOf(chosen: Chosen, { cancellations }: BenchResult) {
  const atInterval = cancellations.filter((one) => isAt({ ...chosen, chunkSize: one.chunk }, one));
  return atInterval.find((one) => isAt(chosen, one)) ?? atInterval[0];
}

function isAt(
  { chunkSize, cancellationCheckInterval }: Chosen,
  { chunk, checkInterval }: Pick<BenchCell, 'chunk' | 'checkInterval'>,
): boolean {
  return (chunkSize ?? chunk) === chunk && (cancellationCheckInterval ?? checkInterval) === checkInterval;
}

function compared(
  name: string,
  unit: string,
  chosen: number | null | undefined,
  today: number | null | undefined,
): string[] {
  if (typeof chosen !== 'number') return [];
  const text = `${name} ${formatDigits(chosen)} ${unit}`;
  const isOther = typeof today === 'number' && formatDigits(today) !== formatDigits(chosen);
  return [isOther ? `${text} (now ${formatDigits(today)})` : text];
}

/** How sure that is; for each setting that is open, which values the noise leaves, and the command that would settle it. */
function sureLines(decisions: readonly Decision[], result: BenchResult): AnswerLine[] {
  const rounds = `${result.rounds} ${result.rounds === 1 ? 'round' : 'rounds'}`;
  const decided = decisions.filter(({ isDecided }) => isDecided).map(({ setting }) => nameOf(setting));
  const sure = `${decided.join(' and ')}: decided after ${rounds}; in 95 runs of 100 all of this is right`;
  return [
    ...(decided.length === 0 ? [] : [{ label: 'Sure' as const, text: sure }]),
    ...decisions.flatMap((decision) => openLine(decision, result, rounds)),
  ];
}

/** Where time ran out, more time comes first: there is one command for all that is open. */
function openLine(
  { setting, isDecided, advice: [first] }: Decision,
  result: BenchResult,
  rounds: string,
): AnswerLine[] {
  if (first.confidence === 'clear') return [];
  const open = first.candidates.filter(({ verdict, withinBudget, value }) => {
    return verdict === 'unclear' && withinBudget && !(isDecided && value === first.recommended);
  });
  const values = open.map(({ value, ratio, ratioCi }) => {
    return `${formatCount(value)} (${ratioCi ? rangeText(ratioCi) : formatPercent(ratio)})`;
  });
  const why = values.length === 0 ? 'memory or the first row may lie on either side of the budget' : values.join(', ');
  const command = isOutOfTime(result) ? undefined : settlingCommand(first, result);
  const what = isDecided ? 'another value may be better still' : `not decided after ${rounds}`;
  const text = `${nameOf(setting)}: ${what}: ${why}${command === undefined ? '' : '; to settle it:'}`;
  return [{ label: isDecided ? 'Open' : 'Sure', text, ...(command === undefined ? {} : { command }) }];
}

/** Where time ran out, one sentence and one command. */
function timeLine(result: BenchResult): AnswerLine[] {
  const { settings, rounds } = result;
  if (!isOutOfTime(result)) return [];
  const seconds = Math.ceil((settings.maxTimeSeconds * (settings.rounds + 1)) / Math.max(1, rounds) / 10) * 10;
  return [
    {
      label: 'Next',
      text: `time ran out after ${rounds} of ${settings.rounds} rounds; with time for all of them:`,
      command: benchCommand(result, { without: ['maxTime'], flags: [`--max-time ${seconds}`] }),
    },
  ];
}

function isOutOfTime({ warnings }: BenchResult): boolean {
  return warnings.some(({ code }) => code === 'time-limited');
}

function applyLine(decisions: readonly Decision[]): AnswerLine[] {
  const isChange = decisions.some(({ isDecided, value, now }) => isDecided && value !== now);
  if (!isChange) return [{ label: 'Apply', text: 'nothing: keep the settings that you have' }];
  return [{ label: 'Apply', text: 'to write it into grpc-stream.config.ts:', command: APPLY }];
}

const APPLY = 'npx grpc-stream bench report --apply';
