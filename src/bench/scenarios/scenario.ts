import {
  type BenchLoad,
  type BenchSetting,
  type BenchSettings,
  isPaced,
  type LoadSweep,
  plainLoad,
  type ScenarioName,
} from '../../results/index.js';
import type { PlannedCell } from './planned-cell.js';

/** A question about the server, and the settings whose measurement answers it. */
export interface Scenario {
  readonly name: ScenarioName;
  readonly question: string;
  /** Whether it can be asked of a server that runs elsewhere, of which only the streams are seen. */
  readonly fromOutside: boolean;
  /** The loads that it sweeps, where they were asked for. */
  readonly axes: readonly Axis[];
  /** Whether it reads in batches, where there are any. */
  readonly inBatches: boolean;
  plan(settings: BenchSettings): readonly PlannedCell[];
}

/** One way in which loads differ. */
export type Axis = keyof LoadSweep;

type Values = { readonly [Name in Axis]?: readonly BenchLoad[Name][] };

interface SweepOptions {
  /** The axes that make a difference to a scenario; others that were asked for are for other scenarios. */
  readonly axes: readonly Axis[];
  /** Values of a scenario's own, where none were asked for. */
  readonly own?: Values;
}

/**
 * Every combination of the loads that were asked for, along some axes.
 *
 * @example
 * sweepLoads({ ...loads, clients: [1, 4] }, { axes: ['clients', 'rttMs'], own: { rttMs: [0, 20] } }).length; // 4
 */
export function sweepLoads(loads: LoadSweep, { axes, own = {} }: SweepOptions): BenchLoad[] {
  return axes.reduce<BenchLoad[]>(
    (all, axis) => {
      const values = loads[axis] ?? own[axis];
      return values ? all.flatMap((load) => values.map((value) => ({ ...load, [axis]: value }))) : all;
    },
    [plainLoad],
  );
}

/** The setting of the sweep that is nearest to the defaults, a row a message, so that only the load differs. */
export function usualSetting(settings: BenchSettings, load: Partial<BenchLoad> = {}): BenchSetting {
  return {
    chunk: nearest(settings.chunks, 1000),
    checkInterval: nearest(settings.checkIntervals, 100),
    mode: 'rows',
    batchRows: null,
    load: { ...plainLoad, ...load },
  };
}

function nearest(values: readonly number[], wanted: number): number {
  return values.reduce((best, value) => (Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best));
}

/** Scenarios that try every chunk and every interval. */
const SWEEPING: readonly ScenarioName[] = ['throughput', 'cancel'];

/** Whether some scenario tries every chunk and interval, so that the others need not. */
export function isSweep(scenarios: readonly ScenarioName[]): boolean {
  return SWEEPING.some((name) => scenarios.includes(name));
}

/** A load at every chunk, interval and size of batch; the row stream comes first. */
export function sweptSettings({ chunks, checkIntervals, batchRows }: BenchSettings, load: BenchLoad): BenchSetting[] {
  return [null, ...batchRows].flatMap((batch) =>
    chunks.flatMap((chunk) =>
      checkIntervals.map((checkInterval): BenchSetting => {
        return { chunk, checkInterval, batchRows: batch, mode: batch === null ? 'rows' : 'batches', load };
      }),
    ),
  );
}

/**
 * The settings at which a load is measured, a row a message: the usual one beside a sweep of chunks and intervals; where
 * there is no such sweep, every combination that was asked for.
 */
export function rowSettings(settings: BenchSettings, load: Partial<BenchLoad>): BenchSetting[] {
  const usual = usualSetting(settings, load);
  if (isSweep(settings.scenarios)) return [usual];
  return settings.chunks.flatMap((chunk) =>
    settings.checkIntervals.map((checkInterval) => ({ ...usual, chunk, checkInterval })),
  );
}

/** The same as batch streams, where there are any: the way that tables are moved. */
export function batchSettings(settings: BenchSettings, load: Partial<BenchLoad>): BenchSetting[] {
  const [first] = settings.batchRows;
  if (first === undefined) return rowSettings(settings, load);
  const sizes = isSweep(settings.scenarios) ? [first] : settings.batchRows;
  return rowSettings(settings, load).flatMap((setting) =>
    sizes.map((batchRows): BenchSetting => ({ ...setting, mode: 'batches', batchRows })),
  );
}

/** A cell that is measured in every round. */
export function streamCell(
  settings: BenchSettings,
  setting: BenchSetting,
  options: { readonly memory?: boolean; readonly mostRounds?: number } = {},
): PlannedCell {
  return {
    setting,
    kind: 'stream',
    memory: options.memory ?? false,
    mostRounds: mostRoundsOf(settings, setting, options.mostRounds),
    expectedMs: expectedStreamMs(settings, setting.load),
  };
}

/** A precision that was asked for gets all the rounds it takes; a paced sample has no rate that more rounds make precise. */
function mostRoundsOf({ precision }: BenchSettings, { load }: BenchSetting, most = Number.POSITIVE_INFINITY): number {
  return precision === null || isPaced(load) ? most : Number.POSITIVE_INFINITY;
}

/** Slow on purpose: a plan that ends early is a pleasant surprise. */
const ROWS_PER_SECOND = 80_000;
const MEGABYTES_PER_SECOND = 100;
/** Collecting garbage, two messages between processes, the first row. */
const OVERHEAD_MS = 60;

/** How long a stream of so many rows takes, in milliseconds, before anything was measured. */
export function expectedStreamMs(settings: BenchSettings, load: BenchLoad): number {
  const rows = Math.min(settings.rows, load.rows ?? settings.rows) * load.clients;
  const bytes = rows * (load.rowBytes ?? settings.rowBytes);
  const wireMs = load.rttMs === 0 ? 0 : (bytes / (load.windowBytes ?? 4 * 1024 ** 2)) * load.rttMs;
  return (
    OVERHEAD_MS +
    4 * load.rttMs +
    Math.max(rows / (ROWS_PER_SECOND / 1000), bytes / (MEGABYTES_PER_SECOND * 1000), wireMs)
  );
}
