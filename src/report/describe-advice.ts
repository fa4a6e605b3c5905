import { flagName } from '../config/index.js';
import { type Advice, type Audience, type BenchChunk, type Candidate, decidedSettings } from '../results/index.js';
import { benchCommand, type CommandedRun } from './bench-command.js';
import { formatCount, formatDigits, formatPercent, formatScaled } from './format-number.js';

/** One piece of advice in words. */
export interface AdviceWords {
  /** Who it is for, and what to set. */
  readonly headline: string;
  /** The figures that it rests on. */
  readonly sentences: readonly string[];
  /** The command that would settle it; none where it is settled. */
  readonly command?: string;
}

/** The advice for a terminal, a page or a document. */
export function describeAdvice(advice: Advice, run: CommandedRun): AdviceWords {
  const name = advice.setting === 'chunkSize' ? 'chunk size' : 'check interval';
  const command = settlingCommand(advice, run);
  return {
    headline: `${audienceOf(advice)}: ${name} ${recommendationOf(advice)}`,
    sentences: [adviceReason(advice), ...ruleOf(advice), ...autoOf(advice)],
    ...(command === undefined ? {} : { command }),
  };
}

/** A value that the noise cannot tell from others is not recommended. */
function recommendationOf({ recommended, confidence }: Advice): string {
  if (recommended === null) return 'undecided';
  const value = formatCount(recommended);
  return confidence === 'clear' ? value : `undecided, ${value} leads`;
}

const audiences: Readonly<Record<Audience, string>> = {
  'small-rows': 'Rows under 1 kB',
  'medium-rows': 'Rows of 1 to 10 kB',
  'large-rows': 'Rows over 10 kB',
  'tight-memory': 'Tight memory',
  'interactive-clients': 'Interactive clients',
  'batch-clients': 'Batch clients',
  'high-throughput-clients': 'High-throughput clients',
};

function audienceOf({ audience, mode }: Advice): string {
  return `${audiences[audience]}, ${mode === 'rows' ? 'a row a message' : 'batches'}`;
}

/** A range is judged as a whole: for which of its values it holds, for which it does not, and which the noise leaves open. */
function ruleOf({ rule, candidates }: Advice): string[] {
  if (!rule) return [];
  const { min, max, fits, fails } = rule;
  const range = max === null ? `${formatCount(min)} or more` : `${formatCount(min)}–${formatCount(max)}`;
  const isInside = (value: BenchChunk) =>
    value !== 'auto' && value >= min && value <= (max ?? Number.POSITIVE_INFINITY);
  const isJudged = (value: BenchChunk) => [...fits, ...fails].some((judged) => judged === value);
  const open = candidates.filter(({ value }) => isInside(value) && !isJudged(value));
  const withRates = (values: readonly number[]) =>
    listed(values.map((value) => `${formatCount(value)} (${rateOf(value, candidates)})`));
  const parts = [
    ...(fits.length > 0 ? [`holds here for ${withRates(fits)}`] : []),
    ...(fails.length > 0 ? [`${fits.length > 0 ? 'not' : 'does not hold here'} for ${withRates(fails)}`] : []),
    ...(open.length > 0 ? [`undecided for ${listed(open.map(openText))}`] : []),
  ];
  return [`Rule of thumb ${range}: ${parts.length === 0 ? 'not measured in this sweep' : parts.join(', ')}.`];
}

/** What a chunk that each stream finds for itself does beside the best fixed one, where that is not the choice itself. */
function autoOf({ recommended, candidates }: Advice): string[] {
  const auto = candidates.find(({ value }) => value === 'auto');
  const fastest = fastestOf(candidates);
  if (!auto || !fastest || recommended === 'auto') return [];
  if (auto === fastest) return ["With `chunkSize: 'auto'`, each stream finds its own: the fastest here."];
  const interval =
    auto.ratioCi === null ? '' : ` (${formatPercent(auto.ratioCi[0])} to ${formatPercent(auto.ratioCi[1])})`;
  const rate = `${formatPercent(auto.ratio)} of the rate of ${formatCount(fastest.value)}${interval}`;
  return [`With \`chunkSize: 'auto'\`, each stream finds its own: ${rate}, ${autoVerdicts[auto.verdict]}.`];
}

const autoVerdicts: Readonly<Record<Candidate['verdict'], string>> = {
  fastest: 'the fastest here',
  tied: 'as fast',
  slower: 'slower',
  unclear: 'which the noise leaves open',
};

function rateOf(value: number, candidates: readonly Candidate[]): string {
  const candidate = candidates.find((one) => one.value === value);
  return candidate === undefined ? '?' : formatPercent(candidate.ratio);
}

/** The figures that a piece of advice rests on: the rate, what a smaller value would cost, what it means, and what is in doubt. */
function adviceReason(advice: Advice): string {
  const { recommended, candidates } = advice;
  const chosen = candidates.find(({ value }) => value === recommended);
  const fastest = fastestOf(candidates);
  if (!chosen || !fastest) return withoutValue(advice);
  const facts = [rateClause(advice, chosen, fastest), ...slowerClause(advice, chosen), ...costClause(advice, chosen)];
  return [`${capital(facts.join('; '))}.`, ...doubts(advice, chosen)].join(' ');
}

function withoutValue({ candidates, budget }: Advice): string {
  if (candidates.every(({ withinBudget }) => !withinBudget)) {
    return `No value keeps the first row within ${formatDigits(budget.firstRowMs ?? 0)} ms, and memory within its budget.`;
  }
  const rounds = Math.max(...candidates.map((candidate) => candidate.rounds));
  return `Too few rounds to tell the values apart (n=${rounds}).`;
}

/** The one that the others are compared with: the best by its mean, whether or not the noise can tell that it is. */
function fastestOf(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.find(({ ratio, ratioCi }) => ratio === 1 && ratioCi === null);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function rateClause(advice: Advice, chosen: Candidate, fastest: Candidate): string {
  const { ratio, rounds, verdict } = chosen;
  if (chosen === fastest) return fastestClause(advice, chosen);
  const interval = `${intervalText(chosen)}n=${rounds}; ${formatPercent(1 - advice.tolerance)} is enough`;
  const best = `${formatCount(fastest.value)}, the fastest`;
  return verdict === 'tied'
    ? `${formatPercent(ratio)} of the rate of ${best} (${interval})`
    : `${formatPercent(ratio)} of the rate of ${best}, which is within the noise (${interval})`;
}

function intervalText({ ratioCi }: Candidate): string {
  return ratioCi === null ? '' : `${formatPercent(ratioCi[0])} to ${formatPercent(ratioCi[1])}, `;
}

/** The rate of a check interval is pooled over chunk sizes of very different rates, and says nothing by itself. */
function fastestClause({ setting }: Advice, { rowsPerSecond, rounds }: Candidate): string {
  if (setting === 'cancellationCheckInterval') return `no other value was faster (n=${rounds})`;
  return `the fastest, ${formatScaled(rowsPerSecond)} rows/s (n=${rounds})`;
}

/** How much slower a smaller value is. */
function slowerClause({ candidates }: Advice, chosen: Candidate): string[] {
  const smaller = candidates.slice(0, candidates.indexOf(chosen));
  const slower = smaller.filter(({ value, verdict }) => value !== 'auto' && verdict === 'slower');
  if (slower.length === 0) return [];
  return [slower.map(({ value, ratio }) => `${formatCount(value)} runs at ${formatPercent(ratio)}`).join(', ')];
}

/** What the choice means for its audience. */
function costClause({ setting, audience, candidates }: Advice, chosen: Candidate): string[] {
  const { firstRowMs, serverPeakRssMb, cancelMs } = chosen;
  if (audience === 'tight-memory') return memoryClause(candidates, serverPeakRssMb);
  if (setting === 'chunkSize') return [`first row after ${formatDigits(firstRowMs)} ms`];
  return cancelMs === undefined ? [] : [`a cancelled stream ends after ${formatDigits(cancelMs)} ms`];
}

function memoryClause(candidates: readonly Candidate[], chosenMb: number | null): string[] {
  if (chosenMb === null) return [];
  const peaks = candidates.flatMap(({ serverPeakRssMb }) => serverPeakRssMb ?? []);
  const range = `${formatDigits(Math.min(...peaks))} to ${formatDigits(Math.max(...peaks))} MB`;
  return [`server peak ${formatDigits(chosenMb)} MB, of ${range} across the values`];
}

/** What keeps the choice from being clear. */
function doubts({ candidates, confidence }: Advice, chosen: Candidate): string[] {
  if (confidence === 'clear') return [];
  const doubtful = candidates.filter((candidate) => candidate !== chosen && isOpen(candidate));
  if (doubtful.length === 0) return budgetDoubt(chosen);
  return [`The noise hides the difference to ${listed(doubtful.map(openText))}.`];
}

function openText({ value, ratio, ratioCi }: Candidate): string {
  const interval = ratioCi === null ? '' : `, ${formatPercent(ratioCi[0])} to ${formatPercent(ratioCi[1])}`;
  return `${formatCount(value)} (${formatPercent(ratio)}${interval})`;
}

/** The rate is known, and what else was asked for is not. */
function budgetDoubt({ verdict }: Candidate): string[] {
  if (verdict === 'unclear') return [];
  return ['Its memory or its first row, or that of a smaller value, may lie on either side of the budget.'];
}

/** Whether the measurements leave it open how a value compares with the others. */
function isOpen({ verdict, withinBudget }: Candidate): boolean {
  return withinBudget && verdict === 'unclear';
}

function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' and ');
}

/** Enough rounds to halve the uncertainty that the usual number of them leaves. */
const SETTLING_ROUNDS = 40;

/** Flags that the command sets itself, or that would make it end too early. */
const SET_ANEW = ['scenario', 'rounds', 'quick', 'precision', 'maxTime'];

/** The command that measures the values that are in question again, on the same table; none where more rounds would not help. */
export function settlingCommand(
  { setting, recommended, confidence, candidates }: Advice,
  run: CommandedRun,
): string | undefined {
  const chosen = candidates.find(({ value }) => value === recommended);
  const open = candidates.filter((one) => one === chosen || one === fastestOf(candidates) || isOpen(one));
  if (confidence === 'clear' || open.length < 2) return undefined;
  const swept = setting === 'chunkSize' ? 'chunk' : 'checkInterval';
  const values = open.map(({ value }) => value).join(',');
  return benchCommand(run, {
    without: [...SET_ANEW, swept],
    flags: [`--scenario throughput ${flagName(swept)} ${values} --rounds ${SETTLING_ROUNDS}`],
  });
}

/** How the figures of the advice are to be read. */
export const guidanceNote =
  'For each kind of client: the smallest value whose rate is close enough to the fastest one. Percentages are shares of the fastest value’s rate in the same rounds, with their interval; n is the number of rounds. In 95 runs of 100, all that is not called undecided is right.';

/** What to do when the noise hides every difference. */
export const nothingClear = 'No setting stands out from the noise: keep the ones you have.';

/** The line for the configuration, where the advice is clear: `streaming: { chunkSize: 500 }`. */
export function configLine(guidance: readonly Advice[]): string | undefined {
  const settings = Object.entries(decidedSettings(guidance)).map(
    ([name, value]) => `${name}: ${value === 'auto' ? "'auto'" : value}`,
  );
  return settings.length === 0 ? undefined : `streaming: { ${settings.join(', ')} }`;
}
