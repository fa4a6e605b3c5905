import type { Audience, RuleOfThumb } from '../../results/index.js';

/** The ranges that tuning guides for streaming servers hand out; the bench says which of them hold where it ran. */
const rules: Readonly<Record<Audience, { readonly min: number; readonly max: number | null } | null>> = {
  'small-rows': { min: 1000, max: 5000 },
  'medium-rows': null,
  'large-rows': { min: 100, max: 500 },
  'tight-memory': { min: 100, max: 1000 },
  'interactive-clients': { min: 10, max: 50 },
  'batch-clients': { min: 100, max: 1000 },
  'high-throughput-clients': { min: 1000, max: null },
};

/** What the measurements say for one audience. */
export interface Finding {
  readonly recommended: number | null;
  readonly confidence: 'clear' | 'unclear';
  readonly measured: readonly number[];
}

/** A rule holds when the measurements lead into its range; it is judged only where they are clear. */
export function judgeRule(audience: Audience, finding: Finding): RuleOfThumb | null {
  const rule = rules[audience];
  if (!rule) return null;
  const inside = (value: number) => value >= rule.min && value <= (rule.max ?? Number.POSITIVE_INFINITY);
  return { ...rule, verdict: verdictOf(finding, inside) };
}

function verdictOf(finding: Finding, inside: (value: number) => boolean): RuleOfThumb['verdict'] {
  if (!finding.measured.some(inside)) return 'not-measured';
  if (finding.recommended === null || finding.confidence === 'unclear') return 'cannot-tell';
  return inside(finding.recommended) ? 'holds' : 'does-not-hold';
}
