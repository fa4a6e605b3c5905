import { assertNever } from '../errors/index.js';
import {
  type Advice,
  type Audience,
  type BenchTable,
  type Candidate,
  clearSettings,
  type RuleOfThumb,
} from '../results/index.js';
import { formatCount, formatDigits, formatPercent, formatScaled } from './format-number.js';

/** One piece of advice in words. */
export interface AdviceWords {
  /** The audience, and the setting. */
  readonly headline: string;
  /** The figures on which it is based. */
  readonly sentences: readonly string[];
  /** The command that would decide it; undefined if it is decided. */
  readonly command?: string;
}

/** The advice for a terminal, a page or a document. */
export function describeAdvice(advice: Advice, table: BenchTable): AdviceWords {
  const name = advice.setting === 'chunkSize' ? 'chunk size' : 'check interval';
  const command = settlingCommand(advice, table);
  return {
    headline: `${audienceOf(advice)}: ${name} ${recommendationOf(advice)}`,
    sentences: [adviceReason(advice), ...ruleOf(advice.rule)],
    ...(command === undefined ? {} : { command }),
  };
}

/** A value that does not stand out from the noise is not recommended. */
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

function ruleOf(rule: RuleOfThumb | null): string[] {
  if (!rule) return [];
  const range =
    rule.max === null ? `${formatCount(rule.min)} or more` : `${formatCount(rule.min)}–${formatCount(rule.max)}`;
  return [`Rule of thumb ${range}: ${verdictOf(rule)}.`];
}

function verdictOf({ verdict }: RuleOfThumb): string {
  switch (verdict) {
    case 'holds':
      return 'holds here';
    case 'does-not-hold':
      return 'does not hold here';
    case 'cannot-tell':
      return 'the noise cannot tell';
    case 'not-measured':
      return 'not measured in this sweep';
    default:
      return assertNever(verdict);
  }
}

/** The figures on which a piece of advice is based: the rate, the cost of a smaller value, its meaning, and doubts. */
function adviceReason(advice: Advice): string {
  const { recommended, candidates } = advice;
  const chosen = candidates.find(({ value }) => value === recommended);
  const fastest = candidates.find(({ verdict }) => verdict === 'fastest');
  if (!chosen || !fastest) return withoutValue(advice);
  const facts = [rateClause(advice, chosen, fastest), ...slowerClause(advice, chosen), ...costClause(advice, chosen)];
  return [`${capital(facts.join('; '))}.`, ...doubts(advice, chosen)].join(' ');
}

function withoutValue({ candidates, budget }: Advice): string {
  if (candidates.every(({ withinBudget }) => !withinBudget)) {
    return `No value keeps the first row within ${formatDigits(budget.firstRowMs ?? 0)} ms, and memory within its budget.`;
  }
  const pairs = Math.max(...candidates.map((candidate) => candidate.pairs));
  return `Too few samples to tell the values apart (n=${pairs}): use more --rounds.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function rateClause(advice: Advice, chosen: Candidate, fastest: Candidate): string {
  const { ratio, ratioCi, pairs, verdict } = chosen;
  if (chosen === fastest) return fastestClause(advice, chosen);
  const interval = `${formatPercent(ratioCi[0])} to ${formatPercent(ratioCi[1])}, n=${pairs}; ${formatPercent(1 - advice.tolerance)} is enough`;
  const best = `${formatCount(fastest.value)}, the fastest`;
  return verdict === 'tied'
    ? `${formatPercent(ratio)} of the rate of ${best} (${interval})`
    : `as far as the noise can tell ${formatPercent(ratio)} of the rate of ${best} (${interval})`;
}

/** The rate of a check interval is pooled over chunk sizes of very different rates, and says nothing by itself. */
function fastestClause({ setting }: Advice, { rowsPerSecond, pairs }: Candidate): string {
  if (setting === 'cancellationCheckInterval') return `no other value is faster (n=${pairs})`;
  return `the fastest, ${formatScaled(rowsPerSecond)} rows/s (n=${pairs})`;
}

/** The cost of a smaller value. */
function slowerClause({ candidates, tolerance }: Advice, chosen: Candidate): string[] {
  const slower = candidates.filter(
    (one) => one.value < chosen.value && one.verdict === 'slower' && !isDoubtful(one, chosen, tolerance),
  );
  if (slower.length === 0) return [];
  return [slower.map(({ value, ratio }) => `${formatCount(value)} runs at ${formatPercent(ratio)}`).join(', ')];
}

/** The meaning of the choice for its audience. */
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

/** Other values that might be as good or better. */
function doubts({ candidates, tolerance }: Advice, chosen: Candidate): string[] {
  const doubtful = candidates.filter((candidate) => isDoubtful(candidate, chosen, tolerance));
  if (doubtful.length === 0) return [];
  const values = doubtful.map(({ value, ratio, ratioCi: [low, high] }) => {
    return `${formatCount(value)} (${formatPercent(ratio)}, ${formatPercent(low)} to ${formatPercent(high)})`;
  });
  return [`The noise cannot tell ${listed(values)} from the fastest.`];
}

function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' and ');
}

/** Enough rounds to halve the uncertainty of the default number of rounds. */
const SETTLING_ROUNDS = 40;

/** The command that measures only the undecided values again; undefined if more rounds would not help. */
function settlingCommand(
  { setting, recommended, confidence, candidates, tolerance }: Advice,
  table: BenchTable,
): string | undefined {
  const chosen = candidates.find(({ value }) => value === recommended);
  if (!chosen || confidence === 'clear') return undefined;
  const open = candidates.filter(
    (one) => one === chosen || one.verdict === 'fastest' || isDoubtful(one, chosen, tolerance),
  );
  if (open.length < 2) return undefined;
  const flag = setting === 'chunkSize' ? '--chunk' : '--check-interval';
  const values = open.map(({ value }) => value).join(',');
  return `grpc-stream bench ${tableFlags(table)} --scenario throughput ${flag} ${values} --rounds ${SETTLING_ROUNDS}`;
}

/** The flags that select the same table. */
function tableFlags({ source, model, address }: BenchTable): string {
  if (source === 'demo') return '--demo';
  return address === undefined ? `--model ${model}` : `--target ${address} --model ${model}`;
}

/** Whether a value may be as good as the chosen one or better. */
function isDoubtful(
  { value, verdict, withinBudget, ratioCi: [, high] }: Candidate,
  chosen: Candidate,
  tolerance: number,
): boolean {
  if (!withinBudget || value === chosen.value) return false;
  return (
    (value < chosen.value && verdict === 'unclear') || (chosen.verdict === 'fastest' && high > 1 / (1 - tolerance))
  );
}

/** How to read the figures of the advice. */
export const guidanceNote =
  'The smallest value that is as fast as the fastest, but for what its clients can give up. Percentages: of the fastest value’s rate, within the same rounds; a range is its 95% interval, n the pairs compared.';

/** What to do when the noise hides every difference. */
export const nothingClear = 'No setting stands out from the noise: keep the ones you have.';

/** The line for the configuration, where the advice is clear: `streaming: { chunkSize: 500 }`. */
export function configLine(guidance: readonly Advice[]): string | undefined {
  const settings = Object.entries(clearSettings(guidance)).map(([name, value]) => `${name}: ${value}`);
  return settings.length === 0 ? undefined : `streaming: { ${settings.join(', ')} }`;
}
