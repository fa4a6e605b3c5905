import { assertNever } from '../errors/index.js';
import type { Advice, Audience, BenchTable, RuleOfThumb } from '../results/index.js';
import { adviceReason } from './advice-reason.js';
import { formatCount } from './format-number.js';
import { settlingCommand } from './settling-command.js';

/** One piece of advice in words. */
export interface AdviceWords {
  /** For whom, and what to set. */
  readonly headline: string;
  /** What it rests on. */
  readonly sentences: readonly string[];
  /** What would settle it; none where it is settled. */
  readonly command?: string;
}

export function describeAdvice(advice: Advice, table: BenchTable): AdviceWords {
  const name = advice.setting === 'chunkSize' ? 'chunk size' : 'check interval';
  const command = settlingCommand(advice, table);
  return {
    headline: `${audienceOf(advice)}: ${name} ${recommendationOf(advice)}`,
    sentences: [adviceReason(advice), ...ruleOf(advice.rule)],
    ...(command === undefined ? {} : { command }),
  };
}

/** What the noise cannot tell is not recommended. */
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
