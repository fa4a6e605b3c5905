import { UsageError } from '../../errors/index.js';
import type { BenchChunk } from '../../results/index.js';

/** The values that a flag may have, and how it is spelled. */
export interface SweepRule {
  /** As it is typed, such as `--chunk`. */
  readonly flag: string;
  readonly min: number;
  readonly max: number;
  /** What a right use looks like. */
  readonly example: string;
  /** Whether `k` and `m` may stand for 1024 and 1024². */
  readonly bytes?: boolean;
}

/** More values than this make a sweep too long to wait for. */
const MOST_VALUES = 64;

/**
 * The values of a sweep, in ascending order and each once: a list whose items are numbers, geometric ranges
 * (`100..10000x2`) or linear ones (`100..1000+100`).
 *
 * @throws UsageError that names the flag, the item and what is allowed.
 *
 * @example
 * parseSweep('100..800x2,1000', rule); // [100, 200, 400, 800, 1000]
 */
export function parseSweep(text: string, rule: SweepRule): readonly number[] {
  const values = text
    .split(',')
    .flatMap((item) => (item.includes('..') ? range(item, text, rule) : [number(item, text, rule)]));
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  if (sorted.length <= MOST_VALUES) return sorted;
  throw new UsageError(
    'bench.long_sweep',
    `${rule.flag} ${JSON.stringify(text)} is ${sorted.length} values; ${MOST_VALUES} is the most`,
    { nextActions: [`use a larger step, for example: grpc-stream bench ${rule.example}`] },
  );
}

/** The same, with `auto` among the items: it comes last. */
export function parseChunks(text: string, rule: SweepRule): readonly BenchChunk[] {
  const items = text.split(',').map((item) => item.trim());
  const numbers = items.filter((item) => item !== 'auto');
  const isAuto = numbers.length < items.length;
  return [...(numbers.length > 0 ? parseSweep(numbers.join(','), rule) : []), ...(isAuto ? (['auto'] as const) : [])];
}

/** One whole number. @throws UsageError that names the flag, the value and what is allowed. */
export function parseWhole(text: string, rule: SweepRule): number {
  const value = toNumber(text, rule);
  if (value >= rule.min && value <= rule.max) return value;
  throw refused(text, text, rule, 'a whole number');
}

function number(item: string, given: string, rule: SweepRule): number {
  const value = toNumber(item, rule);
  if (value >= rule.min && value <= rule.max) return value;
  throw refused(item, given, rule, 'whole numbers');
}

const RANGE = /^(\w+)\.\.(\w+)([x+])(\d+(?:\.\d+)?)$/;

function range(item: string, given: string, rule: SweepRule): number[] {
  const [, from = '', to = '', operator, by] = RANGE.exec(item.trim()) ?? [];
  const step = Number(by);
  const isGrowing = operator === 'x' ? step > 1 : operator === '+' && step >= 1 && Number.isInteger(step);
  if (!isGrowing) throw notARange(item, rule);
  const [start, end] = [number(from, given, rule), number(to, given, rule)];
  const values: number[] = [];
  for (let value = start; value <= end && values.length <= MOST_VALUES; ) {
    values.push(Math.round(value));
    value = operator === 'x' ? Math.max(value * step, value + 1) : value + step;
  }
  if (values.length === 0) throw notARange(item, rule);
  return values;
}

const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2 };

function toNumber(item: string, { bytes }: SweepRule): number {
  const [, digits, unit] = /^(\d+)([km]?)$/i.exec(item.trim()) ?? [];
  if (digits === undefined || (unit !== '' && !bytes)) return Number.NaN;
  return Number(digits) * (UNITS[unit?.toLowerCase() ?? ''] ?? 1);
}

function refused(item: string, given: string, { flag, min, max, example }: SweepRule, what: string): UsageError {
  const within = item === given ? '' : ` in ${JSON.stringify(given)}`;
  const separated = what === 'whole numbers' ? ', separated by commas' : '';
  return new UsageError(
    'bench.invalid_flag',
    `${flag} is ${JSON.stringify(item)}${within}; it must be ${what} from ${min} to ${max}${separated}`,
    { nextActions: [`for example: grpc-stream bench ${example}`] },
  );
}

function notARange(item: string, { flag, example }: SweepRule): UsageError {
  return new UsageError(
    'bench.invalid_range',
    `${flag} has ${JSON.stringify(item)}; a range is FROM..TOxFACTOR, such as 100..10000x2, or FROM..TO+STEP, such as 100..1000+100`,
    { nextActions: [`for example: grpc-stream bench ${example}`] },
  );
}
