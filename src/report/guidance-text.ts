import { assertNever } from '../errors/index.js';
import { type Advice, type Audience, type Candidate, clearSettings, type RuleOfThumb } from '../model/index.js';
import { formatCount, formatDigits, formatPercent } from './format-number.js';
import { wrapText } from './layout.js';
import type { Paint } from './paint.js';

/** Each piece of advice: what to set, the figures it rests on, and what became of the rule of thumb. */
export function guidanceText(guidance: readonly Advice[], paint: Paint): string {
  if (guidance.length === 0)
    return wrapText('No advice: give --chunk or --check-interval two values or more to compare.');
  return [...guidance.map((advice) => adviceText(advice, paint)), ...configText(guidance)].join('\n');
}

/** One piece of advice in words: what to set for whom, and the sentences that it rests on. */
export function describeAdvice(advice: Advice): { readonly headline: string; readonly sentences: readonly string[] } {
  const name = advice.setting === 'chunkSize' ? 'chunk size' : 'check interval';
  const headline = `${name}: ${recommendationOf(advice)} for ${audienceOf(advice)}`;
  return { headline, sentences: [reasonOf(advice), ...ruleOf(advice.rule)] };
}

function adviceText(advice: Advice, paint: Paint): string {
  const { headline, sentences } = describeAdvice(advice);
  return [
    paint.title(wrapText(headline, { hanging: '  ' })),
    ...sentences.map((sentence) => wrapText(sentence, { indent: '  ' })),
  ].join('\n');
}

/** What the noise cannot tell is not recommended. */
function recommendationOf({ recommended, confidence }: Advice): string {
  if (recommended === null) return 'no value';
  const value = formatCount(recommended);
  return confidence === 'clear' ? value : `undecided, ${value} so far,`;
}

const audiences: Readonly<Record<Audience, string>> = {
  'small-rows': 'small rows',
  'medium-rows': 'rows of 1 to 10 kB',
  'large-rows': 'large rows',
  'tight-memory': 'tight memory',
  'interactive-clients': 'interactive clients',
  'batch-clients': 'batch clients',
  'high-throughput-clients': 'high-throughput clients',
};

function audienceOf({ audience, mode }: Advice): string {
  return `${audiences[audience]} (${mode === 'rows' ? 'row' : 'batch'} stream)`;
}

function reasonOf(advice: Advice): string {
  const { recommended, candidates } = advice;
  const chosen = candidates.find(({ value }) => value === recommended);
  const fastest = candidates.find(({ verdict }) => verdict === 'fastest');
  if (!chosen || !fastest) return withoutValue(advice);
  const facts = [
    rateClause(advice, chosen, fastest),
    ...slowerClause(candidates, chosen),
    ...costClause(advice, chosen),
  ];
  return [`${facts.join('; ')}.`, ...doubts(advice, chosen)].join(' ');
}

function withoutValue({ candidates, budget }: Advice): string {
  if (candidates.every(({ withinBudget }) => !withinBudget)) {
    return `No value keeps the first row within ${formatDigits(budget.firstRowMs ?? 0)} ms, and memory within its budget.`;
  }
  const pairs = Math.max(...candidates.map((candidate) => candidate.pairs));
  return `Too few samples to tell the values apart (n=${pairs}); use more --rounds.`;
}

function rateClause(advice: Advice, chosen: Candidate, fastest: Candidate): string {
  const { ratio, ratioCi, pairs, verdict } = chosen;
  if (chosen === fastest) return fastestClause(advice, chosen);
  const interval = `${formatPercent(ratioCi[0])} to ${formatPercent(ratioCi[1])}, n=${pairs}`;
  const best = `${formatCount(fastest.value)}, the fastest`;
  return verdict === 'tied'
    ? `${formatPercent(ratio)} of the rate of ${best} (${interval})`
    : `as far as the noise can tell ${formatPercent(ratio)} of the rate of ${best} (${interval})`;
}

/** An interval's rate is pooled over chunk sizes of very different rates, and says nothing by itself. */
function fastestClause({ setting }: Advice, { rowsPerSecond, pairs }: Candidate): string {
  if (setting === 'cancellationCheckInterval') return `no other value is faster (n=${pairs})`;
  return `the fastest, ${formatDigits(rowsPerSecond / 1000)}k rows/s (n=${pairs})`;
}

/** What a smaller value would have cost. */
function slowerClause(candidates: readonly Candidate[], chosen: Candidate): string[] {
  const slower = candidates.filter(({ value, verdict }) => value < chosen.value && verdict === 'slower');
  if (slower.length === 0) return [];
  return [slower.map(({ value, ratio }) => `${formatCount(value)} runs at ${formatPercent(ratio)}`).join(', ')];
}

/** What the choice means for those it is for. */
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

/** Other values that might be as good or better, for all that was seen. */
function doubts({ candidates, tolerance }: Advice, chosen: Candidate): string[] {
  const mightBeFaster = ({ ratioCi: [, high] }: Candidate) =>
    chosen.verdict === 'fastest' && high > 1 / (1 - tolerance);
  const doubtful = candidates.filter((candidate) => {
    if (!candidate.withinBudget || candidate === chosen) return false;
    return candidate.value < chosen.value ? candidate.verdict === 'unclear' : mightBeFaster(candidate);
  });
  if (doubtful.length === 0) return [];
  const values = doubtful.map(({ value, ratio, ratioCi: [low, high] }) => {
    return `${formatCount(value)} (${formatPercent(ratio)}, ${formatPercent(low)} to ${formatPercent(high)})`;
  });
  return [`The noise cannot tell ${values.join(' and ')} from the fastest; more --rounds would.`];
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

/** The line for the configuration, where the advice is clear: `streaming: { chunkSize: 500 }`. */
export function configLine(guidance: readonly Advice[]): string | undefined {
  const settings = Object.entries(clearSettings(guidance)).map(([name, value]) => `${name}: ${value}`);
  return settings.length === 0 ? undefined : `streaming: { ${settings.join(', ')} }`;
}

function configText(guidance: readonly Advice[]): string[] {
  const line = configLine(guidance);
  return line === undefined ? [] : ['', 'In grpc-stream.config.ts:', `  ${line}`];
}
