import type { BenchSettings } from '../../results/index.js';
import { scenarioNamed } from '../scenarios/index.js';
import { describeSetting, memoryKey, type PlannedCell, type PlannedScenario } from '../scenarios/planned-cell.js';
import { createRandom, randomInteger, shuffled } from '../statistics/random.js';

/** All that a bench does. */
export interface BenchPlan {
  readonly scenarios: readonly PlannedScenario[];
  /** Measured in rounds: the cells of all scenarios, each once. */
  readonly cells: readonly PlannedCell[];
  /** In how many at most: some cells leave early. */
  readonly rounds: number;
  /** Measured before, each on a server of its own. */
  readonly fresh: readonly PlannedCell[];
}

/** The scenarios that were chosen, with what they share. */
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
    rounds: Math.min(settings.rounds, Math.max(0, ...cells.map(({ mostRounds }) => mostRounds))),
    fresh: uniqueBy(
      all.filter(({ memory }) => memory).map((cell) => ({ ...cell, kind: 'fresh' as const })),
      ({ setting }) => memoryKey(setting),
    ),
  };
}

/** Equal for cells that are measured in the same way. */
export function cellKey({ kind, setting }: Pick<PlannedCell, 'kind' | 'setting'>): string {
  return `${kind} ${describeSetting(setting)}`;
}

function uniqueBy(cells: readonly PlannedCell[], keyOf: (cell: PlannedCell) => string): PlannedCell[] {
  const byKey = new Map<string, PlannedCell>();
  for (const cell of cells) if (!byKey.has(keyOf(cell))) byKey.set(keyOf(cell), cell);
  return [...byKey.values()];
}

/** One thing that a round does: read what a setting asks for, or leave part way. */
export interface Step {
  readonly cell: PlannedCell;
  /** Rows after which the client leaves; of a cancel only. */
  readonly afterRows: number;
}

/**
 * The steps of one round, in an order of chance: whatever drifts (heat, caches, neighbours) then falls on all
 * settings alike, instead of on those that come late. The same seed and round give the same steps, so that a bench
 * that was interrupted goes on with the very ones that are missing.
 */
export function planRound(cells: readonly PlannedCell[], round: number, options: RoundOptions): Step[] {
  const random = createRandom(options.seed + round * LARGE_PRIME);
  const latest = Math.max(1, Math.floor(options.rows * LATEST_CANCEL_SHARE));
  const steps = cells
    .filter(({ mostRounds }) => round <= mostRounds)
    .map((cell): Step => ({ cell, afterRows: randomInteger(random, 1, latest) }));
  return shuffled(steps, random);
}

export interface RoundOptions {
  readonly seed: number;
  /** Rows of the table. */
  readonly rows: number;
}

/** Keeps the rounds of neighbouring seeds apart. */
const LARGE_PRIME = 1_000_003;

/** Early enough that most of the table is still unread when the client leaves. */
const LATEST_CANCEL_SHARE = 0.25;
