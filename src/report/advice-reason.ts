import type { Advice, Candidate } from '../results/index.js';
import { formatCount, formatDigits, formatPercent, formatScaled } from './format-number.js';
import { isDoubtful } from './settling-command.js';

/** The figures that a piece of advice rests on: the rate, what less would cost, what it means, and what is in doubt. */
export function adviceReason(advice: Advice): string {
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

/** An interval's rate is pooled over chunk sizes of very different rates, and says nothing by itself. */
function fastestClause({ setting }: Advice, { rowsPerSecond, pairs }: Candidate): string {
  if (setting === 'cancellationCheckInterval') return `no other value is faster (n=${pairs})`;
  return `the fastest, ${formatScaled(rowsPerSecond)} rows/s (n=${pairs})`;
}

/** What a smaller value would have cost. */
function slowerClause({ candidates, tolerance }: Advice, chosen: Candidate): string[] {
  const slower = candidates.filter(
    (one) => one.value < chosen.value && one.verdict === 'slower' && !isDoubtful(one, chosen, tolerance),
  );
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
