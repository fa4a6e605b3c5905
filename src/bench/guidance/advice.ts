import type {
  Advice,
  Audience,
  BenchCancellation,
  BenchCell,
  Candidate,
  RuleOfThumb,
  StreamMode,
} from '../../results/index.js';
import { median, medianOfKnown } from '../statistics/statistics.js';
import { type Budget, candidatesOf, FEWEST_PAIRS, type Swept } from './candidates.js';

/** The measurements on which the advice is based. */
interface GuidanceInput {
  readonly cells: readonly BenchCell[];
  readonly cancellations: readonly BenchCancellation[];
}

/** A smaller difference does not justify a larger chunk or a later cancellation. */
const TOLERANCE = 0.05;

/** Interactive clients leave often and read little: for them promptness is worth a tenth of the rate. */
const INTERACTIVE_TOLERANCE = 0.1;

/** Clients that want throughput give up almost none of it. */
const HIGH_THROUGHPUT_TOLERANCE = 0.02;

/** A delay that a person does not notice. */
const FIRST_ROW_BUDGET_MS = 100;

/** A chunk that takes more than twice the memory of the value with the least is never recommended. */
const MEMORY_BUDGET = 2;

/** For tight memory: at most this many times the memory of the value with the least. */
const MEMORY_HEADROOM = 1.1;

/**
 * The advice that the measurements support: for each audience the smallest value that is as fast as the fastest
 * one. Smaller chunks hold less memory and send the first row sooner; smaller intervals notice a cancel sooner.
 */
export function advise(input: GuidanceInput): Advice[] {
  return [...chunkAdvice(input), ...intervalAdvice(input)];
}

/** If rows of several sizes were measured, each class of sizes has its own advice. */
function chunkAdvice(input: GuidanceInput): Advice[] {
  const classes = [...new Set(input.cells.map(rowClass))];
  const bySize = classes.flatMap((audience) => adviseClass(input, audience));
  const tight = memoryBudget(input.cells, MEMORY_HEADROOM);
  /** The memory of a remote server is not known. */
  if (tight === null) return bySize;
  return [
    ...bySize,
    ...adviseOn(input, {
      swept: 'chunk',
      audience: 'tight-memory',
      mode: 'rows',
      tolerance: TOLERANCE,
      budget: { firstRowMs: null, serverPeakRssMb: tight },
    }),
  ];
}

/** Rows under 1 kB are small, over 10 kB large. */
function rowClass({ bytes, rows }: BenchCell): Audience {
  const rowBytes = bytes / rows;
  if (rowBytes < 1000) return 'small-rows';
  return rowBytes > 10_000 ? 'large-rows' : 'medium-rows';
}

function adviseClass({ cells, cancellations }: GuidanceInput, audience: Audience): Advice[] {
  const own = cells.filter((cell) => rowClass(cell) === audience);
  const budget: Budget = { firstRowMs: FIRST_ROW_BUDGET_MS, serverPeakRssMb: memoryBudget(own, MEMORY_BUDGET) };
  return (['rows', 'batches'] as const).flatMap((mode) =>
    adviseOn({ cells: own, cancellations }, { swept: 'chunk', audience, mode, tolerance: TOLERANCE, budget }),
  );
}

/** A multiple of the memory of the value with the least; null if unknown. */
function memoryBudget(cells: readonly BenchCell[], headroom: number): number | null {
  const rows = cells.filter((cell) => cell.mode === 'rows');
  const values = [...new Set(rows.map((cell) => cell.chunk))];
  const peaks = values.flatMap(
    (chunk) => medianOfKnown(rows.filter((cell) => cell.chunk === chunk).map((cell) => cell.serverPeakRssMb)) ?? [],
  );
  return peaks.length === 0 ? null : Math.min(...peaks) * headroom;
}

function intervalAdvice(input: GuidanceInput): Advice[] {
  const budget: Budget = { firstRowMs: null, serverPeakRssMb: null };
  const fastestMode = input.cells.some((cell) => cell.mode === 'batches') ? 'batches' : 'rows';
  const audiences = [
    { audience: 'interactive-clients', mode: 'rows', tolerance: INTERACTIVE_TOLERANCE },
    { audience: 'batch-clients', mode: 'rows', tolerance: TOLERANCE },
    { audience: 'high-throughput-clients', mode: fastestMode, tolerance: HIGH_THROUGHPUT_TOLERANCE },
  ] as const;
  return audiences.flatMap((one) => adviseOn(input, { swept: 'checkInterval', budget, ...one }));
}

interface Question {
  readonly swept: Swept;
  readonly audience: Audience;
  readonly mode: StreamMode;
  readonly tolerance: number;
  readonly budget: Budget;
}

/** No advice without a choice: if only one value was measured, or the mode was not measured. */
function adviseOn({ cells, cancellations }: GuidanceInput, question: Question): Advice[] {
  const { swept, audience, mode, tolerance, budget } = question;
  const ofMode = cells.filter((cell) => cell.mode === mode);
  if (new Set(ofMode.map((cell) => cell[swept])).size < 2) return [];
  const candidates = candidatesOf({ cells: ofMode, swept, tolerance, budget }).map((candidate) =>
    withCancelTime(candidate, swept, cancellations),
  );
  const chosen = choose(candidates, tolerance);
  const recommended = chosen?.value ?? null;
  const confidence = chosen && isClear(chosen, candidates, tolerance) ? 'clear' : 'unclear';
  return [
    {
      setting: swept === 'chunk' ? 'chunkSize' : 'cancellationCheckInterval',
      audience,
      mode,
      recommended,
      confidence,
      tolerance,
      budget,
      candidates,
      rule: judgeRule(audience, { recommended, confidence, measured: candidates.map(({ value }) => value) }),
    },
  ];
}

function withCancelTime(candidate: Candidate, swept: Swept, cancellations: readonly BenchCancellation[]): Candidate {
  const own = cancellations.filter((cancellation) => cancellation[swept] === candidate.value);
  return own.length === 0 ? candidate : { ...candidate, cancelMs: median(own.map(({ endedMs }) => endedMs)) };
}

/** The smallest value within the budget that was not shown to be slower. */
function choose(candidates: readonly Candidate[], tolerance: number): Candidate | undefined {
  if (candidates.every(({ pairs }) => pairs < FEWEST_PAIRS)) return undefined;
  return candidates.find(
    ({ withinBudget, verdict, ratio }) => withinBudget && verdict !== 'slower' && ratio >= 1 - tolerance,
  );
}

/** Clear if the choice is shown to be as fast as any value, and every smaller value to be slower. */
function isClear(chosen: Candidate, candidates: readonly Candidate[], tolerance: number): boolean {
  const others = candidates.filter((candidate) => candidate.withinBudget && candidate !== chosen);
  const isBeaten = ({ ratioCi: [, high] }: Candidate) => high <= 1 / (1 - tolerance);
  const smallerAreSlower = others.every(({ value, verdict }) => value > chosen.value || verdict !== 'unclear');
  if (chosen.verdict === 'fastest') return smallerAreSlower && others.every(isBeaten);
  return smallerAreSlower && chosen.verdict === 'tied';
}

/** The ranges of common tuning guides for streaming servers; the bench says which of them hold on this machine. */
const rules: Readonly<Record<Audience, Pick<RuleOfThumb, 'min' | 'max'> | null>> = {
  'small-rows': { min: 1000, max: 5000 },
  'medium-rows': null,
  'large-rows': { min: 100, max: 500 },
  'tight-memory': { min: 100, max: 1000 },
  'interactive-clients': { min: 10, max: 50 },
  'batch-clients': { min: 100, max: 1000 },
  'high-throughput-clients': { min: 1000, max: null },
};

/** The advice for one audience. */
interface RuleEvidence {
  readonly recommended: number | null;
  readonly confidence: 'clear' | 'unclear';
  readonly measured: readonly number[];
}

/** A rule holds when the measurements recommend a value in its range; it is judged only where they are clear. */
export function judgeRule(audience: Audience, evidence: RuleEvidence): RuleOfThumb | null {
  const rule = rules[audience];
  if (!rule) return null;
  const inside = (value: number) => value >= rule.min && value <= (rule.max ?? Number.POSITIVE_INFINITY);
  return { ...rule, verdict: verdictOf(evidence, inside) };
}

function verdictOf(
  { measured, recommended, confidence }: RuleEvidence,
  inside: (value: number) => boolean,
): RuleOfThumb['verdict'] {
  if (!measured.some(inside)) return 'not-measured';
  if (recommended === null || confidence === 'unclear') return 'cannot-tell';
  return inside(recommended) ? 'holds' : 'does-not-hold';
}
