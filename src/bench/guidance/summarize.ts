import type {
  BenchCancellation,
  BenchCell,
  BenchFigures,
  BenchSample,
  BenchScenario,
  BenchSetting,
  CancellationSample,
  TimeSplit,
} from '../../results/index.js';
import type { BenchPlan } from '../plan.js';
import type { Measurements } from '../rounds/measurements.js';
import type { PlannedCell } from '../scenarios/planned-cell.js';
import { bootstrapInterval, latencyFigures, median, medianOfKnown } from '../statistics/statistics.js';

/** A plan's cells with their figures, without cells that have no sample. */
export interface ScenarioSummaries {
  readonly cells: readonly BenchCell[];
  readonly cancellations: readonly BenchCancellation[];
  readonly scenarios: readonly BenchScenario[];
}

export function summarizeScenarios({ scenarios }: BenchPlan, measured: Measurements): ScenarioSummaries {
  const named = (name: string) => scenarios.filter((scenario) => scenario.name === name);
  const others = scenarios.filter(({ name }) => name !== 'throughput' && name !== 'cancel');
  return {
    cells: named('throughput').flatMap(({ cells }) => cellsOf(cells, measured)),
    cancellations: named('cancel').flatMap(({ cells }) => cancellationsOf(cells, measured)),
    scenarios: others.map(({ name, question, cells }) => ({ name, question, cells: cellsOf(cells, measured) })),
  };
}

function cellsOf(cells: readonly PlannedCell[], measured: Measurements): BenchCell[] {
  return cells.flatMap(({ kind, setting }) => {
    if (kind === 'cancel') return [];
    const samples = measured.samples({ kind, setting });
    const peaks = measured.samples({ kind: 'fresh', setting }).map(({ serverPeakRssMb }) => serverPeakRssMb);
    return samples.length === 0 ? [] : [summarizeCell(setting, samples, medianOfKnown(peaks))];
  });
}

const MEGABYTE = 1e6;

/** One setting's samples, pooled into medians with their intervals. Its memory is that of a fresh server's sample. */
function summarizeCell(
  setting: BenchSetting,
  samples: readonly BenchSample[],
  serverPeakRssMb: number | null,
): BenchCell {
  const figures = medianFigures(samples);
  const rows = median(samples.map((sample) => sample.rows));
  const bytes = median(samples.map((sample) => sample.bytes));
  return {
    ...setting,
    ...figures,
    rows,
    bytes,
    rowsPerSecondCi: bootstrapInterval(samples.map((sample) => sample.rowsPerSecond)),
    megabytesPerSecond: (figures.rowsPerSecond * bytes) / rows / MEGABYTE,
    firstRowMsCi: bootstrapInterval(samples.map((sample) => sample.firstRowMs)),
    serverPeakRssMb,
    samples,
  };
}

function medianFigures(samples: readonly BenchSample[]): BenchFigures {
  const of = (pick: (sample: BenchSample) => number) => median(samples.map(pick));
  const ofKnown = (pick: (sample: BenchSample) => number | null) => medianOfKnown(samples.map(pick));
  return {
    rowsPerSecond: of((sample) => sample.rowsPerSecond),
    firstRowMs: of((sample) => sample.firstRowMs),
    gapP50Ms: ofKnown((sample) => sample.gapP50Ms),
    gapP99Ms: ofKnown((sample) => sample.gapP99Ms),
    clientCpuMicrosPerRow: of((sample) => sample.clientCpuMicrosPerRow),
    clientBusy: of((sample) => sample.clientBusy),
    serverCpuMicrosPerRow: ofKnown((sample) => sample.serverCpuMicrosPerRow),
    times: medianTimes(samples.map((sample) => sample.times)),
    eventLoopP99Ms: ofKnown((sample) => sample.eventLoopP99Ms),
    gcMs: ofKnown((sample) => sample.gcMs),
    peakQueuedBytes: ofKnown((sample) => sample.peakQueuedBytes),
    readAheadRows: ofKnown((sample) => sample.readAheadRows),
    fairness: ofKnown((sample) => sample.fairness),
    /** Over all reads together: the median of the rounds' tails would hide the one round with a tail. */
    latency: latencyFigures(samples.flatMap(({ readsMs = [] }) => readsMs)),
  };
}

function medianTimes(samples: readonly (TimeSplit | null)[]): TimeSplit | null {
  const known = samples.filter((times) => times !== null);
  if (known.length < samples.length) return null;
  return {
    databaseMs: median(known.map((times) => times.databaseMs)),
    encodeMs: median(known.map((times) => times.encodeMs)),
    writeMs: median(known.map((times) => times.writeMs)),
    drainMs: median(known.map((times) => times.drainMs)),
    otherMs: median(known.map((times) => times.otherMs)),
  };
}

function cancellationsOf(cells: readonly PlannedCell[], measured: Measurements): BenchCancellation[] {
  return cells.flatMap(({ setting }) => {
    const samples = measured.cancellations(setting);
    return samples.length === 0 ? [] : [summarizeCancellations(setting, samples)];
  });
}

/** The cost of a client that leaves, at one setting: the worst count of rows, and median times. */
function summarizeCancellations(
  { chunk, checkInterval, load }: BenchSetting,
  samples: readonly CancellationSample[],
): BenchCancellation {
  const lastQuery = samples.map((sample) => sample.lastQueryMs);
  const ended = samples.map((sample) => sample.endedMs);
  return {
    chunk,
    checkInterval,
    load,
    worst: samples.reduce((worst, sample) => (rowsWasted(sample) > rowsWasted(worst) ? sample : worst)),
    withinBound: samples.every((sample) => sample.withinBound),
    lastQueryMs: median(lastQuery),
    lastQueryMaxMs: Math.max(...lastQuery),
    endedMs: median(ended),
    endedMaxMs: Math.max(...ended),
    samples,
  };
}

function rowsWasted({ rowsRead, receivedRows }: CancellationSample): number {
  return rowsRead - receivedRows;
}
