import type { BenchCancellation, BenchSetting, CancellationSample } from '../model/index.js';
import type { CancelReading } from './executor.js';
import type { Measured } from './run-rounds.js';
import { median } from './statistics.js';

/** What a leaving client costs at each chunk and check interval: the worst count of rows, the usual times. */
export function summarizeCancellations(
  plan: readonly BenchSetting[],
  measured: readonly Measured[],
): BenchCancellation[] {
  return plan
    .filter((setting) => setting.mode === 'rows')
    .map((setting) => ({ setting, samples: samplesOf(setting, measured) }))
    .filter(({ samples }) => samples.length > 0)
    .map(({ setting, samples }) => cancellationOf(setting, samples));
}

function samplesOf({ chunk, checkInterval }: BenchSetting, measured: readonly Measured[]): CancellationSample[] {
  return measured.flatMap((one) =>
    one.kind === 'cancel' && one.setting.chunk === chunk && one.setting.checkInterval === checkInterval
      ? [sampleOf(one.round, chunk, one.reading)]
      : [],
  );
}

/** One chunk is being written and one is read ahead when the client leaves; nothing past those may be read. */
const CHUNKS_UNDER_WAY = 2;

function sampleOf(round: number, chunk: number, { receivedRows, cancelledAt, server }: CancelReading) {
  const inFlightRows = Math.max(0, server.rows - receivedRows);
  const boundRows = receivedRows + inFlightRows + CHUNKS_UNDER_WAY * chunk;
  return {
    round,
    receivedRows,
    inFlightRows,
    rowsRead: server.rowsRead,
    boundRows,
    withinBound: server.rowsRead <= boundRows,
    lastQueryMs: millisecondsAfter(cancelledAt, server.lastQueryEndedAt),
    endedMs: millisecondsAfter(cancelledAt, server.endedAt),
  };
}

/** What ended before the client left took no time after it. */
function millisecondsAfter(start: bigint, end: bigint): number {
  return Math.max(0, Number(end - start) / 1e6);
}

function cancellationOf(
  { chunk, checkInterval }: BenchSetting,
  samples: readonly CancellationSample[],
): BenchCancellation {
  const lastQuery = samples.map((sample) => sample.lastQueryMs);
  const ended = samples.map((sample) => sample.endedMs);
  return {
    chunk,
    checkInterval,
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
