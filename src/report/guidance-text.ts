import { assertNever } from '../errors/index.js';
import type { Advice, Audience, Candidate, RuleOfThumb } from '../model/index.js';
import { formatCount, formatDigits, formatPercent } from './format-number.js';
import { wrapText } from './layout.js';
import type { Paint } from './paint.js';

/** Each piece of advice: what to set, the figures it rests on, and what became of the rule of thumb. */
export function guidanceText(guidance: readonly Advice[], paint: Paint): string {
  if (guidance.length === 0)
    return wrapText('No advice: give --chunk or --check-interval two values or more to compare.');
  return guidance.map((advice) => adviceText(advice, paint)).join('\n');
}

function adviceText(advice: Advice, paint: Paint): string {
  const value = advice.recommended === null ? 'no value' : formatCount(advice.recommended);
  const name = advice.setting === 'chunkSize' ? 'chunk size' : 'check interval';
  const headline = `${name}: ${value} for ${audienceOf(advice)}`;
  const sentences = [reasonOf(advice), ...ruleOf(advice.rule)];
  return [paint.title(headline), ...sentences.map((sentence) => wrapText(sentence, { indent: '  ' }))].join('\n');
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
  const { recommended, candidates, confidence } = advice;
  const chosen = candidates.find(({ value }) => value === recommended);
  const fastest = candidates.find(({ verdict }) => verdict === 'fastest');
  if (!chosen || !fastest) return withoutValue(advice);
  const parts = [
    chosen === fastest ? fastestClause(chosen) : tiedClause(chosen, fastest),
    ...slowerClause(candidates, chosen),
    ...costClause(advice, chosen),
  ];
  const doubt = confidence === 'clear' ? '' : ` ${doubtOf(candidates, chosen)}`;
  return `${parts.join('; ')}.${doubt}`;
}

function withoutValue({ candidates, budget }: Advice): string {
  if (candidates.every(({ withinBudget }) => !withinBudget)) {
    return `No value keeps the first row within ${formatDigits(budget.firstRowMs ?? 0)} ms.`;
  }
  const pairs = Math.max(...candidates.map((candidate) => candidate.pairs));
  return `Too few samples to tell the values apart (n=${pairs}); use more --rounds.`;
}

function fastestClause({ rowsPerSecond, pairs }: Candidate): string {
  return `the fastest, ${formatDigits(rowsPerSecond / 1000)}k rows/s (n=${pairs})`;
}

function tiedClause({ ratio, ratioCi: [low, high], pairs }: Candidate, fastest: Candidate): string {
  const interval = `${formatPercent(low)} to ${formatPercent(high)}, n=${pairs}`;
  return `${formatPercent(ratio)} of the rate of ${formatCount(fastest.value)}, the fastest (${interval})`;
}

/** What a smaller value would have cost. */
function slowerClause(candidates: readonly Candidate[], chosen: Candidate): string[] {
  const slower = candidates.filter(({ value, verdict }) => value < chosen.value && verdict === 'slower');
  if (slower.length === 0) return [];
  return [slower.map(({ value, ratio }) => `${formatCount(value)} runs at ${formatPercent(ratio)}`).join(', ')];
}

function costClause({ setting }: Advice, { firstRowMs, serverPeakRssMb, cancelMs }: Candidate): string[] {
  if (setting === 'chunkSize') {
    return [`first row after ${formatDigits(firstRowMs)} ms, server peak ${formatDigits(serverPeakRssMb)} MB`];
  }
  return cancelMs === undefined ? [] : [`a cancelled stream ends within ${formatDigits(cancelMs)} ms (median)`];
}

function doubtOf(candidates: readonly Candidate[], chosen: Candidate): string {
  const unclear = candidates.filter(({ value, verdict }) => value <= chosen.value && verdict === 'unclear');
  const values = unclear.map(({ value }) => formatCount(value)).join(' and ');
  return `The noise cannot tell ${values} from the fastest; more --rounds would.`;
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
