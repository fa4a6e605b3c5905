import type { Advice, BenchTable, Candidate } from '../results/index.js';

/** Enough rounds to halve what the usual number of them leaves open. */
const SETTLING_ROUNDS = 40;

/** More rounds of the values that are in question, and of no others; none where more rounds would not help. */
export function settlingCommand(
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

/** The same table again. */
function tableFlags({ source, model, address }: BenchTable): string {
  if (source === 'demo') return '--demo';
  return address === undefined ? `--model ${model}` : `--target ${address} --model ${model}`;
}

/** Whether a value might, for all that was seen, be as good as the chosen one or better. */
export function isDoubtful(
  { value, verdict, withinBudget, ratioCi: [, high] }: Candidate,
  chosen: Candidate,
  tolerance: number,
): boolean {
  if (!withinBudget || value === chosen.value) return false;
  return (
    (value < chosen.value && verdict === 'unclear') || (chosen.verdict === 'fastest' && high > 1 / (1 - tolerance))
  );
}
