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
  /** Whether it works with a remote server, of which only the streams can be measured. */
  readonly fromOutside: boolean;
  /** The loads that it sweeps if the flags set them. */
  readonly axes: readonly Axis[];
  /** Whether it also reads in batches. */
  readonly inBatches: boolean;
  plan(settings: BenchSettings): readonly PlannedCell[];
}

/** One way in which loads differ. */
export type Axis = keyof LoadSweep;

type Values = { readonly [Name in Axis]?: readonly BenchLoad[Name][] };

interface SweepOptions {
  /** The axes that the scenario sweeps; flags of other axes are for other scenarios. */
  readonly axes: readonly Axis[];
  /** The scenario's own values, used without a flag. */
  readonly own?: Values;
}

/**
 * Every combination of the requested loads, along some axes.
 *
 * @example
 * sweepLoads({ ...loads, clients: [1, 4] }, { axes: ['clients', 'rttMs'], own: { rttMs: [0, 20] } }).length; // 4
 *
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

/** The setting of the sweep that is nearest to the defaults, with one row in a message, so that only the load differs; `auto` where it is alone. */
export function usualSetting(settings: BenchSettings, load: Partial<BenchLoad> = {}): BenchSetting {
  return {
    chunk:
      nearest(
        settings.chunks.filter((chunk) => chunk !== 'auto'),
        1000,
      ) ?? 'auto',
    checkInterval: nearest(settings.checkIntervals, 100) ?? 100,
    mode: 'rows',
    batchRows: null,
    load: { ...plainLoad, ...load },
  };
}

function nearest(values: readonly number[], wanted: number): number | undefined {
  const [first, ...others] = values;
  return others.reduce(
    (best, value) => (best === undefined || Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best),
    first,
  );
}

/** Scenarios that try every chunk and every interval. */
const SWEEPING: readonly ScenarioName[] = ['throughput', 'cancel'];

/** Whether one scenario tries every chunk and interval, so that the others need not. */
export function isSweep(scenarios: readonly ScenarioName[]): boolean {
  return SWEEPING.some((name) => scenarios.includes(name));
}

/**
 * A load at every chunk, interval and size of batch; the row stream comes first. `--quick` sweeps the interval of row streams only: that of
 * batches would take half of its time, and asks the same question again.
 */
export function sweptSettings(settings: BenchSettings, load: BenchLoad): BenchSetting[] {
  const { chunks, checkIntervals, batchRows, quick } = settings;
  const usual = [usualSetting(settings).checkInterval];
  return [null, ...batchRows].flatMap((batch) =>
    chunks.flatMap((chunk) =>
      (batch !== null && quick ? usual : checkIntervals).map((checkInterval): BenchSetting => {
        return { chunk, checkInterval, batchRows: batch, mode: batch === null ? 'rows' : 'batches', load };
      }),
    ),
  );
}

/**
 * The settings at which a load is measured, with one row in a message: one setting near the defaults if another scenario sweeps chunks and
 * intervals, or else every requested combination.
 */
export function rowSettings(settings: BenchSettings, load: Partial<BenchLoad>): BenchSetting[] {
  const usual = usualSetting(settings, load);
  if (isSweep(settings.scenarios)) return [usual];
  return settings.chunks.flatMap((chunk) =>
    settings.checkIntervals.map((checkInterval) => ({ ...usual, chunk, checkInterval })),
  );
}

/** The same as batch streams, if batches are measured: the way to transfer tables. */
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

/** With a requested precision there is no limit; a paced sample has no rate that more rounds make more precise. */
function mostRoundsOf({ precision }: BenchSettings, { load }: BenchSetting, most = Number.POSITIVE_INFINITY): number {
  return precision === null || isPaced(load) ? most : Number.POSITIVE_INFINITY;
}

/** A low estimate: it is better if a plan ends early than late. */
const ROWS_PER_SECOND = 80_000;
const MEGABYTES_PER_SECOND = 100;
/** Collecting garbage, two messages between processes, the first row. */
const OVERHEAD_MS = 60;

/** The estimated duration of a stream of rows, in milliseconds, before any measurement. */
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
