import { UsageError } from '../errors/index.js';
import type { BenchSettings } from '../results/index.js';
import { scenarioNamed } from './scenarios/index.js';
import { cellKey, memoryKey, type PlannedCell, type PlannedScenario } from './scenarios/planned-cell.js';
import { randomInteger, seededRandom, shuffled } from './statistics/seeded-random.js';

/** All that a bench does. */
export interface BenchPlan {
  readonly scenarios: readonly PlannedScenario[];
  /** Measured in rounds: the cells of all scenarios, each once. */
  readonly cells: readonly PlannedCell[];
  /** Most rounds: some cells take part in fewer. */
  readonly rounds: number;
  /** Measured before, each on a server of its own. */
  readonly fresh: readonly PlannedCell[];
}

/** The scenarios that were chosen, with the cells that they share. */
export function planBench(settings: BenchSettings): BenchPlan {
  const scenarios = settings.scenarios.map(scenarioNamed).map(({ name, question, plan }): PlannedScenario => {
    return { name, question, cells: plan(settings) };
  });
  const all = scenarios.flatMap(({ cells }) => cells);
  const cells = uniqueBy(
    all.filter(({ kind }) => kind !== 'fresh'),
    cellKey,
  );
  return {
    scenarios,
    cells,
    rounds: Math.min(settings.mostRounds, Math.max(0, ...cells.map(({ mostRounds }) => mostRounds))),
    fresh: uniqueBy(
      measuresMemory(settings)
        ? all.filter(({ memory }) => memory).map((cell) => ({ ...cell, kind: 'fresh' as const }))
        : [],
      ({ setting }) => memoryKey(setting),
    ),
  };
}

/** Several new servers for each setting take longer than all else that `--quick` does: it leaves them to those who ask. */
function measuresMemory({ quick, scenarios }: BenchSettings): boolean {
  return !quick || scenarios.includes('memory');
}

function uniqueBy(cells: readonly PlannedCell[], keyOf: (cell: PlannedCell) => string): PlannedCell[] {
  const byKey = new Map<string, PlannedCell>();
  for (const cell of cells) if (!byKey.has(keyOf(cell))) byKey.set(keyOf(cell), cell);
  return [...byKey.values()];
}

/** A shorter stream is mostly its own beginning and end. */
const SHORTEST_STREAM = 5000;

/** How many rows the streams of a quick run may have, the whole table first, which is all where a number was asked for; none of other runs. */
export function streamLengths({ quick, rows, given }: BenchSettings): number[] {
  if (!quick) return [];
  if (given.rows !== undefined) return [rows];
  const shorter = [7, 6, 5, 4, 3, 2, 1].map((eighths) => Math.floor((rows * eighths) / 8));
  return [rows, ...shorter.filter((length) => length >= SHORTEST_STREAM)];
}

/** Whether it reads a table in parts, which only a whole table has. */
export function readsInParts({ setting: { load } }: PlannedCell): boolean {
  return load.partitions > 1;
}

/** One thing that a round does: read what a setting asks for, or leave part way. */
export interface Step {
  readonly cell: PlannedCell;
  /** Rows after which the client leaves, where the cell is a cancel. */
  readonly afterRows: number;
}

interface RoundOptions {
  readonly seed: number;
  /** Rows of the table. */
  readonly rows: number;
}

/**
 * The steps of one round, in a random order: whatever drifts (heat, caches, neighbours) then affects all settings alike,
 * instead of those that come late. The same seed and round give the same steps, so that a bench that was interrupted goes
 * on with exactly those that are missing. Other ways to read come last: they leave so much garbage behind that a stream
 * after them would pay for it.
 */
export function planRound(cells: readonly PlannedCell[], round: number, options: RoundOptions): Step[] {
  const random = seededRandom(options.seed + round * LARGE_PRIME);
  const latest = Math.max(1, Math.floor(options.rows * LATEST_CANCEL_SHARE));
  const steps = cells
    .filter(({ mostRounds }) => round <= mostRounds)
    .map((cell): Step => ({ cell, afterRows: randomInteger(random, 1, latest) }));
  const [streams, others] = [true, false].map((isStream) =>
    steps.filter(({ cell }) => (cell.setting.load.method === 'stream') === isStream),
  );
  return [streams, others].flatMap((part = []) => shuffled(part, random));
}

/** Keeps the rounds of neighbouring seeds apart. */
const LARGE_PRIME = 1_000_003;

/** Early enough that most of the table is still unread when the client leaves. */
const LATEST_CANCEL_SHARE = 0.25;

/** How large a plan is, before anything was measured. */
interface PlanSize {
  readonly cells: number;
  readonly fresh: number;
  readonly rounds: number;
  /** Of one round, and of everything; no more than the time allowed. */
  readonly roundSeconds: number;
  readonly totalSeconds: number;
}

/** Starting a server, connecting to it, ending it. */
const FRESH_MS = 900;

/** Processes, the table, the warm-up. */
const BEGINNING_MS = 5000;

/** About so many other orders and filters does a table have; which they are is known when it is prepared. */
const USUAL_QUERIES = Array.from({ length: 6 }, (_, index) => `query ${index + 1}`);

/** A round that would take this many times the time allowed is a typing mistake. */
const ABSURD = 2;

/**
 * Says how long a bench will take, by rates that most machines reach.
 *
 * @throws UsageError when a single round would take far longer than the time allowed.
 */
export function expectDuration(settings: BenchSettings): PlanSize {
  const { cells, fresh, rounds } = planBench({ queries: USUAL_QUERIES, ...settings });
  const roundMs = sum(cells.map(({ expectedMs }) => expectedMs));
  const roundsMs = sum(cells.map((cell) => cell.expectedMs * Math.min(settings.rounds, cell.mostRounds)));
  const freshMs = sum(fresh.map(({ expectedMs }) => expectedMs + FRESH_MS));
  const firstMs = BEGINNING_MS + freshMs + roundMs;
  if (firstMs > settings.maxTimeSeconds * 1000 * ABSURD) throw tooLong(settings, cells.length, firstMs / 1000);
  const totalMs = Math.max(firstMs, Math.min(settings.maxTimeSeconds * 1000, BEGINNING_MS + freshMs + roundsMs));
  return {
    cells: cells.length,
    fresh: fresh.length,
    rounds,
    roundSeconds: roundMs / 1000,
    totalSeconds: totalMs / 1000,
  };
}

function sum(durations: readonly number[]): number {
  return durations.reduce((total, duration) => total + duration, 0);
}

function tooLong({ maxTimeSeconds }: BenchSettings, cells: number, seconds: number): UsageError {
  const time = roughly(seconds);
  return new UsageError(
    'bench.absurd_plan',
    `${cells} settings would take about ${time} for a single round, and --max-time is ${maxTimeSeconds} seconds`,
    { nextActions: [`sweep fewer values or fewer --rows, or allow it with --max-time ${Math.ceil(seconds)}`] },
  );
}

function roughly(seconds: number): string {
  if (seconds >= 7200) return `${Math.round(seconds / 3600)} hours`;
  return seconds >= 120 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds)} seconds`;
}
