import { UsageError } from '../../errors/index.js';
import {
  type BenchCell,
  type BenchResult,
  describeSetting,
  type LatencyFigures,
  type ScenarioName,
} from '../../results/index.js';

/** A figure that a run must reach, as `--expect` names it. */
export interface Expectation {
  /** As it was typed. */
  readonly text: string;
  readonly figure: string;
  readonly isAtLeast: boolean;
  /** In the figure's own unit. */
  readonly limit: number;
}

/** A setting that did not reach what was expected of it; the value is null where there were too few reads for that percentile. */
export interface UnmetExpectation {
  readonly expectation: Expectation;
  readonly setting: string;
  readonly value: number | null;
}

interface Figure {
  readonly unit: '' | 'ms' | 'µs' | 'MB';
  /** Scenarios whose settings have it. */
  readonly scenarios: readonly ScenarioName[];
  readonly read: (cell: BenchCell) => number | null;
}

const RATED: readonly ScenarioName[] = ['throughput', 'many-clients', 'distance', 'partitions'];

const percentiles = { p50: 'p50Ms', p90: 'p90Ms', p99: 'p99Ms', 'p99.9': 'p999Ms', max: 'maxMs' } as const;

/** The figures that can be expected, by name. */
const figures: ReadonlyMap<string, Figure> = new Map<string, Figure>([
  ['rows/s', { unit: '', scenarios: RATED, read: (cell) => cell.rowsPerSecond }],
  ['MB/s', { unit: '', scenarios: RATED, read: (cell) => cell.megabytesPerSecond }],
  ['first-row', { unit: 'ms', scenarios: RATED, read: (cell) => cell.firstRowMs }],
  ['server-cpu', { unit: 'µs', scenarios: RATED, read: (cell) => cell.serverCpuMicrosPerRow }],
  ['memory', { unit: 'MB', scenarios: [...RATED, 'memory'], read: (cell) => cell.serverAddedMb }],
  ...ofReads('first-row', (cell) => cell.firstRowLatency),
  ...ofReads('read', (cell) => cell.latency),
]);

function ofReads(name: string, pick: (cell: BenchCell) => LatencyFigures | null): [string, Figure][] {
  return Object.entries(percentiles).map(([percentile, key]) => {
    const read = (cell: BenchCell) => pick(cell)?.[key] ?? null;
    return [`${name}-${percentile}`, { unit: 'ms', scenarios: ['latency'], read }];
  });
}

/** How many of a figure's units one of another is. */
const scales: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, µs: 1, us: 1, MB: 1, GB: 1000 };

/**
 * Reads `rows/s>=200000` or `first-row-p99<=20ms`.
 *
 * @throws UsageError when a text is anything else, or no scenario that is measured has the figure.
 *
 * @example
 * parseExpectations(['first-row-p99<=0.02s'], ['latency'])[0]?.limit; // 20
 */
export function parseExpectations(texts: readonly string[], scenarios: readonly ScenarioName[]): Expectation[] {
  return texts.map((text) => {
    const [, name = '', sign, digits, unit = ''] =
      /^([a-zA-Z/.\d-]+)\s*(>=|<=)\s*(\d+(?:\.\d+)?)\s*([a-zA-Zµ]*)$/.exec(text.trim()) ?? [];
    const figure = figures.get(name);
    if (!figure || !isUnitOf(unit, figure)) throw unknown(text);
    if (!figure.scenarios.some((one) => scenarios.includes(one))) throw notMeasured(text, figure);
    return { text, figure: name, isAtLeast: sign === '>=', limit: Number(digits) * (scales[unit] ?? 1) };
  });
}

function isUnitOf(unit: string, figure: Figure): boolean {
  const units = { '': [''], ms: ['', 'ms', 's'], µs: ['', 'µs', 'us'], MB: ['', 'MB', 'GB'] }[figure.unit];
  return units.includes(unit);
}

function unknown(text: string): UsageError {
  const names = [...figures.keys()].join(', ');
  return new UsageError('bench.invalid_flag', `--expect is ${JSON.stringify(text)}; it must be like 'rows/s>=200000'`, {
    nextActions: [`expect one of ${names}, with >= or <=, in ms, s, µs, MB or GB where that makes sense`],
  });
}

function notMeasured(text: string, { scenarios }: Figure): UsageError {
  return new UsageError('bench.unmeasured_expectation', `--expect ${text}: nothing that is measured has that figure`, {
    nextActions: [`measure it with --scenario ${scenarios[0]}`],
  });
}

/** The settings that did not reach what was expected of each that was measured; empty when all did. */
export function findUnmet(result: BenchResult, expectations: readonly Expectation[]): UnmetExpectation[] {
  const groups = [{ name: 'throughput' as ScenarioName, cells: result.cells }, ...result.scenarios];
  return expectations.flatMap((expectation) => {
    const figure = figures.get(expectation.figure);
    const cells = groups.flatMap(({ name, cells: own }) => (figure?.scenarios.includes(name) ? own : []));
    return cells.flatMap((cell): UnmetExpectation[] => {
      const value = figure?.read(cell) ?? null;
      return isMet(value, expectation) ? [] : [{ expectation, setting: describeSetting(cell), value }];
    });
  });
}

function isMet(value: number | null, { isAtLeast, limit }: Expectation): boolean {
  return value !== null && (isAtLeast ? value >= limit : value <= limit);
}
