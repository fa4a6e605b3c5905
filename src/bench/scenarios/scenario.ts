import type { BenchLoad, BenchSetting, BenchSettings, ScenarioName } from '../../model/index.js';
import { isPaced, plainLoad } from '../../model/index.js';
import type { PlannedCell } from '../plan/planned-cell.js';

/** A question about the server, and the settings whose measurement answers it. */
export interface Scenario {
  readonly name: ScenarioName;
  readonly question: string;
  /** Whether it can be asked of a server that runs elsewhere, of which only the streams are seen. */
  readonly fromOutside: boolean;
  plan(settings: BenchSettings): readonly PlannedCell[];
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

/** Who asks for a precision gets the rounds that it takes; a paced sample has no rate that more of them would make precise. */
function mostRoundsOf({ precision }: BenchSettings, { load }: BenchSetting, most = Number.POSITIVE_INFINITY): number {
  return precision === null || isPaced(load) ? most : Number.POSITIVE_INFINITY;
}

/** The setting of the sweep that is nearest to the defaults: a row a message, so that what differs is what is asked. */
export function usualSetting(settings: BenchSettings, load: Partial<BenchLoad> = {}): BenchSetting {
  return {
    chunk: nearest(settings.chunks, 1000),
    checkInterval: nearest(settings.checkIntervals, 100),
    mode: 'rows',
    batchRows: null,
    load: { ...plainLoad, ...load },
  };
}

/** The usual setting as a batch stream, where the sweep has one: the way that tables are moved. */
export function usualBatches(settings: BenchSettings, load: Partial<BenchLoad> = {}): BenchSetting {
  const [batchRows = null] = settings.batchRows;
  return { ...usualSetting(settings, load), mode: batchRows === null ? 'rows' : 'batches', batchRows };
}

function nearest(values: readonly number[], wanted: number): number {
  return values.reduce((best, value) => (Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best));
}
