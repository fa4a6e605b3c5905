import {
  type Advice,
  type Audience,
  type BenchCancellation,
  type BenchCell,
  type BenchSettings,
  type Candidate,
  describeSetting,
  type RuleOfThumb,
  type StreamMode,
} from '../../results/index.js';
import { median, medianOfKnown } from '../statistics/statistics.js';
import { areKnown, type Budget, candidatesOf, type JudgedCandidate, type Swept, valuesOf } from './candidates.js';

/** The measurements that the advice is drawn from. */
interface GuidanceInput {
  readonly cells: readonly BenchCell[];
  readonly cancellations: readonly BenchCancellation[];
  /** What is in force now; null or absent where that is not known. */
  readonly configured?: BenchSettings['configured'];
}

/** A difference below this is not worth a larger chunk or a later cancellation. */
const TOLERANCE = 0.05;

/** Interactive clients leave often and read little: for them promptness is worth a tenth of the rate. */
const INTERACTIVE_TOLERANCE = 0.1;

/** Clients that want throughput give almost none of it up. */
const HIGH_THROUGHPUT_TOLERANCE = 0.02;

/** People perceive a delay up to this as instant. */
const FIRST_ROW_BUDGET_MS = 100;

/** Beyond twice the memory of the leanest value, a larger chunk is refused however fast it is. */
const MEMORY_BUDGET = 2;

/** Tight memory: at most this much more than the leanest value takes. */
const MEMORY_HEADROOM = 1.1;

/**
 * The advice that the measurements support: for each audience the smallest value that is as fast as the fastest
 * one. Smaller chunks hold less memory and send the first row sooner; smaller intervals notice a cancel sooner.
 * In 95 runs of 100, all that is called clear is right.
 */
export function advise(input: GuidanceInput): Advice[] {
  const questions = questionsOf(input.cells);
  const comparisons = comparisonsOf(questions);
  return questions.map((question) => answer(question, { ...input, comparisons }));
}

/** Whether the measurements so far are as precise as the advice needs them. */
export function isPreciseEnough(cells: readonly BenchCell[]): boolean {
  const questions = questionsOf(cells);
  const comparisons = comparisonsOf(questions);
  return questions.every(({ cells: own, swept }) => areKnown({ cells: own, swept, comparisons }));
}

/** Which value of a setting is right for somebody, and the cells that say so. */
interface Question {
  readonly cells: readonly BenchCell[];
  readonly swept: Swept;
  readonly audience: Audience;
  readonly mode: StreamMode;
  readonly tolerance: number;
  readonly budget: Budget;
}

/** None where there was no choice: one value measured, or the mode not at all. */
function questionsOf(cells: readonly BenchCell[]): Question[] {
  const all = [...chunkQuestions(cells), ...intervalQuestions(cells)];
  const ofMode = all.map((question) => ({
    ...question,
    cells: question.cells.filter(({ mode }) => mode === question.mode),
  }));
  return ofMode.filter((question) => valuesOf(question.cells, question.swept).length > 1);
}

/** Where rows of several sizes were measured, each class of them has advice of its own. */
function chunkQuestions(cells: readonly BenchCell[]): Question[] {
  const bySize = [...new Set(cells.map(rowClass))].flatMap((audience) => {
    const own = cells.filter((cell) => rowClass(cell) === audience);
    const budget: Budget = { firstRowMs: FIRST_ROW_BUDGET_MS, serverPeakRssMb: memoryBudget(own, MEMORY_BUDGET) };
    return (['rows', 'batches'] as const).map((mode): Question => {
      return { cells: own, swept: 'chunk', audience, mode, tolerance: TOLERANCE, budget };
    });
  });
  const tight = memoryBudget(cells, MEMORY_HEADROOM);
  /** Memory that was not measured, or cannot be, is not known. */
  if (tight === null) return bySize;
  const budget: Budget = { firstRowMs: null, serverPeakRssMb: tight };
  return [...bySize, { cells, swept: 'chunk', audience: 'tight-memory', mode: 'rows', tolerance: TOLERANCE, budget }];
}

/** Rows under 1 kB are small, over 10 kB large. */
function rowClass({ bytes, rows }: BenchCell): Audience {
  const rowBytes = bytes / rows;
  if (rowBytes < 1000) return 'small-rows';
  return rowBytes > 10_000 ? 'large-rows' : 'medium-rows';
}

/** So many times the memory of the leanest value; null where it was not seen. */
function memoryBudget(cells: readonly BenchCell[], headroom: number): number | null {
  const rows = cells.filter((cell) => cell.mode === 'rows');
  const peaks = valuesOf(rows, 'chunk').flatMap(
    (chunk) => medianOfKnown(rows.filter((cell) => cell.chunk === chunk).map((cell) => cell.serverPeakRssMb)) ?? [],
  );
  return peaks.length === 0 ? null : Math.min(...peaks) * headroom;
}

function intervalQuestions(cells: readonly BenchCell[]): Question[] {
  const budget: Budget = { firstRowMs: null, serverPeakRssMb: null };
  const fastestMode = cells.some((cell) => cell.mode === 'batches') ? 'batches' : 'rows';
  const audiences = [
    { audience: 'interactive-clients', mode: 'rows', tolerance: INTERACTIVE_TOLERANCE },
    { audience: 'batch-clients', mode: 'rows', tolerance: TOLERANCE },
    { audience: 'high-throughput-clients', mode: fastestMode, tolerance: HIGH_THROUGHPUT_TOLERANCE },
  ] as const;
  return audiences.map((one) => ({ cells, swept: 'checkInterval', budget, ...one }));
}

/** Pairs of values that are compared; questions about the same cells share theirs. */
function comparisonsOf(questions: readonly Question[]): number {
  const counts = questions.map(({ cells, swept }): [string, number] => {
    const values = valuesOf(cells, swept).length;
    return [[swept, ...cells.map(describeSetting)].join(), (values * (values - 1)) / 2];
  });
  return [...new Map(counts).values()].reduce((sum, count) => sum + count, 0);
}

interface Answering extends GuidanceInput {
  readonly comparisons: number;
}

function answer(question: Question, { cancellations, comparisons, configured }: Answering): Advice {
  const { swept, audience, mode, tolerance, budget } = question;
  const setting = swept === 'chunk' ? 'chunkSize' : 'cancellationCheckInterval';
  const judged = candidatesOf({ ...question, comparisons, now: configured?.[setting] ?? null });
  const candidates = judged.map(({ candidate }) => withCancelTime(candidate, swept, cancellations));
  const preferred = inPreference(judged, configured?.[setting]);
  const chosen = choose(preferred, tolerance);
  return {
    setting,
    audience,
    mode,
    recommended: chosen?.candidate.value ?? null,
    confidence: chosen && isClear(chosen, preferred) ? 'clear' : 'unclear',
    tolerance,
    budget,
    comparisons,
    candidates,
    rule: judgeRule(audience, candidates),
  };
}

function withCancelTime(candidate: Candidate, swept: Swept, cancellations: readonly BenchCancellation[]): Candidate {
  const own = cancellations.filter((cancellation) => cancellation[swept] === candidate.value);
  return own.length === 0 ? candidate : { ...candidate, cancelMs: median(own.map(({ endedMs }) => endedMs)) };
}

/**
 * The smallest value first. A chunk that each stream finds is taken where no fixed one will do; but where it is in force, it was chosen for
 * what no sweep measures, such as tables and clients to come, and stays unless a fixed one is faster.
 */
function inPreference(
  judged: readonly JudgedCandidate[],
  now: Candidate['value'] | undefined,
): readonly JudgedCandidate[] {
  const isAuto = ({ candidate: { value } }: JudgedCandidate) => value === 'auto';
  return now === 'auto' ? [...judged.filter(isAuto), ...judged.filter((one) => !isAuto(one))] : judged;
}

/** The first value within the budget that was not shown to be slower. */
function choose(preferred: readonly JudgedCandidate[], tolerance: number): JudgedCandidate | undefined {
  return preferred.find(
    ({ candidate: { withinBudget, verdict, ratio, ratioCi, rounds } }) =>
      withinBudget && rounds > 1 && verdict !== 'slower' && (ratioCi === null || ratio >= 1 - tolerance),
  );
}

/** Clear when the choice was shown to be as fast as any, and every value that comes before it to be slower or beyond the budget. */
function isClear(chosen: JudgedCandidate, preferred: readonly JudgedCandidate[]): boolean {
  const isAsFast = chosen.candidate.verdict === 'tied' || chosen.candidate.verdict === 'fastest';
  const before = preferred.slice(0, preferred.indexOf(chosen));
  return (
    isAsFast &&
    chosen.isSurelyWithin &&
    before.every(({ candidate, mayBeWithin }) => candidate.verdict === 'slower' || !mayBeWithin)
  );
}

/** The ranges that tuning guides for streaming servers give; the bench says which of them hold where it ran. */
const rules: Readonly<Record<Audience, Pick<RuleOfThumb, 'min' | 'max'> | null>> = {
  'small-rows': { min: 1000, max: 5000 },
  'medium-rows': null,
  'large-rows': { min: 100, max: 500 },
  'tight-memory': { min: 100, max: 1000 },
  'interactive-clients': { min: 10, max: 50 },
  'batch-clients': { min: 100, max: 1000 },
  'high-throughput-clients': { min: 1000, max: null },
};

/** A range is judged whole: each value in it that was measured keeps within what its audience can give up, or does not. */
export function judgeRule(audience: Audience, candidates: readonly Candidate[]): RuleOfThumb | null {
  const rule = rules[audience];
  if (!rule) return null;
  const [min, max] = [rule.min, rule.max ?? Number.POSITIVE_INFINITY];
  const inside = candidates.flatMap(({ value, ...judged }) =>
    value !== 'auto' && value >= min && value <= max ? [{ value, ...judged }] : [],
  );
  const isFit = ({ verdict, withinBudget }: (typeof inside)[number]) =>
    withinBudget && (verdict === 'tied' || verdict === 'fastest');
  const isUnfit = ({ verdict, withinBudget }: (typeof inside)[number]) => !withinBudget || verdict === 'slower';
  const [fits, fails] = [inside.filter(isFit), inside.filter(isUnfit)].map((list) => list.map(({ value }) => value));
  return { ...rule, fits: fits ?? [], fails: fails ?? [], verdict: verdictOf(inside.length, fits ?? [], fails ?? []) };
}

function verdictOf(measured: number, fits: readonly number[], fails: readonly number[]): RuleOfThumb['verdict'] {
  if (measured === 0) return 'not-measured';
  if (fits.length === measured) return 'holds';
  if (fails.length === measured) return 'does-not-hold';
  return fits.length > 0 && fails.length > 0 ? 'holds-in-part' : 'cannot-tell';
}
