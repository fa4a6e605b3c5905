import {
  type BenchCancellation,
  type BenchCell,
  type BenchFigures,
  type BenchSample,
  type BenchScenario,
  type BenchSetting,
  type CancellationSample,
  type Interval,
  isPaced,
  type Limit,
  type TimeSplit,
} from '../../results/index.js';
import type { BenchPlan } from '../plan.js';
import type { Measurements } from '../rounds/measurements.js';
import type { PlannedCell } from '../scenarios/planned-cell.js';
import { medianInterval } from '../statistics/intervals.js';
import { latencyFigures, median, medianOfKnown } from '../statistics/statistics.js';

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
    const fresh = measured.samples({ kind: 'fresh', setting });
    return samples.length === 0 ? [] : [summarizeCell(setting, samples, fresh)];
  });
}

const MEGABYTE = 1e6;

/** One setting's samples, pooled into medians with their intervals. Its memory is that of fresh servers' samples. */
function summarizeCell(
  setting: BenchSetting,
  samples: readonly BenchSample[],
  fresh: readonly BenchSample[],
): BenchCell {
  const figures = medianFigures(samples);
  const rows = median(samples.map((sample) => sample.rows));
  const bytes = median(samples.map((sample) => sample.bytes));
  return {
    ...setting,
    ...figures,
    rows,
    bytes,
    megabytesPerSecond: (figures.rowsPerSecond * bytes) / rows / MEGABYTE,
    intervals: { ...intervalsOf(samples), ...rangesOf(fresh) },
    limit: limitOf(setting, figures, (figures.rowsPerSecond * bytes) / rows),
    serverPeakRssMb: medianOfKnown(fresh.map((sample) => sample.serverPeakRssMb)),
    serverAddedMb: medianOfKnown(fresh.map((sample) => sample.serverAddedMb)),
    samples,
  };
}

function intervalsOf(samples: readonly BenchSample[]) {
  const of = (pick: (sample: BenchSample) => number | null) => intervalOfKnown(samples.map(pick));
  return {
    rowsPerSecond: of((sample) => sample.rowsPerSecond),
    megabytesPerSecond: of((sample) => (sample.rowsPerSecond * sample.bytes) / sample.rows / MEGABYTE),
    firstRowMs: of((sample) => sample.firstRowMs),
    gapP50Ms: of((sample) => sample.gapP50Ms),
    gapP99Ms: of((sample) => sample.gapP99Ms),
    clientCpuMicrosPerRow: of((sample) => sample.clientCpuMicrosPerRow),
    serverCpuMicrosPerRow: of((sample) => sample.serverCpuMicrosPerRow),
    eventLoopP99Ms: of((sample) => sample.eventLoopP99Ms),
  };
}

function intervalOfKnown(samples: readonly (number | null)[]): Interval | null {
  const known = samples.filter((sample) => sample !== null);
  return known.length < samples.length ? null : medianInterval(known);
}

/** A few servers give no interval: the lowest and the highest value are shown instead. */
function rangesOf(fresh: readonly BenchSample[]) {
  return {
    serverPeakRssMb: rangeOfKnown(fresh.map((sample) => sample.serverPeakRssMb)),
    serverAddedMb: rangeOfKnown(fresh.map((sample) => sample.serverAddedMb)),
  };
}

function rangeOfKnown(samples: readonly (number | null)[]): Interval | null {
  const known = samples.filter((sample) => sample !== null);
  return known.length < 2 || known.length < samples.length ? null : [Math.min(...known), Math.max(...known)];
}

/** From here on an event loop has work nearly all the time. */
const BUSY_SHARE = 0.9;

/** From here on a want of cores is what decides. */
const WAITED_SHARE = 0.1;

/** A window that is this full on average is what holds the stream back. */
const WINDOW_SHARE = 0.5;

const USUAL_WINDOW_BYTES = 4 * 1024 ** 2;

/** What kept a stream from going faster, as far as both ends show it. */
function limitOf({ load }: BenchSetting, figures: BenchFigures, bytesPerSecond: number): Limit | null {
  const { serverBusy, serverWaited, clientBusy, clientWaited } = figures;
  if (isPaced(load)) return 'pace';
  const inWindow = (bytesPerSecond * load.rttMs) / 1000;
  if (inWindow > WINDOW_SHARE * (load.windowBytes ?? USUAL_WINDOW_BYTES)) return 'window';
  const isServerBusy = serverBusy !== null && serverBusy > BUSY_SHARE;
  const isClientBusy = clientBusy > BUSY_SHARE;
  const waited = isClientBusy ? clientWaited : serverWaited;
  if ((isServerBusy || isClientBusy) && waited !== null && waited > WAITED_SHARE) return 'cores';
  if (isClientBusy && clientBusy >= (serverBusy ?? 0)) return 'client';
  if (isServerBusy) return 'server';
  return serverBusy === null ? null : 'database';
}

function medianFigures(samples: readonly BenchSample[]): BenchFigures {
  const of = (pick: (sample: BenchSample) => number) => median(samples.map(pick));
  const ofKnown = (pick: (sample: BenchSample) => number | null) => medianOfKnown(samples.map(pick));
  return {
    rowsPerSecond: of((sample) => sample.rowsPerSecond),
    firstRowMs: of((sample) => sample.firstRowMs),
    gapP50Ms: ofKnown((sample) => sample.gapP50Ms),
    gapP99Ms: ofKnown((sample) => sample.gapP99Ms),
    pingMs: ofKnown((sample) => sample.pingMs),
    clientCpuMicrosPerRow: of((sample) => sample.clientCpuMicrosPerRow),
    serverCpuMicrosPerRow: ofKnown((sample) => sample.serverCpuMicrosPerRow),
    clientBusy: of((sample) => sample.clientBusy),
    serverBusy: ofKnown((sample) => sample.serverBusy),
    clientWaited: ofKnown((sample) => sample.clientWaited),
    serverWaited: ofKnown((sample) => sample.serverWaited),
    times: medianTimes(samples.map((sample) => sample.times)),
    eventLoopP99Ms: ofKnown((sample) => sample.eventLoopP99Ms),
    gcMs: ofKnown((sample) => sample.gcMs),
    peakQueuedBytes: ofKnown((sample) => sample.peakQueuedBytes),
    readAheadRows: ofKnown((sample) => sample.readAheadRows),
    ...foundChunk(samples),
    fairness: ofKnown((sample) => sample.fairness),
    /** Over all reads together: the median of the rounds' tails would hide the one round with a tail. */
    latency: latencyFigures(samples.flatMap(({ readsMs = [] }) => readsMs)),
    firstRowLatency: latencyFigures(samples.flatMap(({ firstRowsMs = [] }) => firstRowsMs)),
  };
}

function foundChunk(samples: readonly BenchSample[]): Pick<BenchFigures, 'chunkRows'> {
  const found = samples.flatMap(({ chunkRows }) => chunkRows ?? []);
  return found.length === 0 ? {} : { chunkRows: Math.round(median(found)) };
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
    lastQueryMsInterval: medianInterval(lastQuery),
    lastQueryMaxMs: Math.max(...lastQuery),
    endedMs: median(ended),
    endedMsInterval: medianInterval(ended),
    endedMaxMs: Math.max(...ended),
    samples,
  };
}

function rowsWasted({ rowsRead, receivedRows }: CancellationSample): number {
  return rowsRead - receivedRows;
}
