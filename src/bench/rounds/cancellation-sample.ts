import type { BenchSetting, CancellationSample } from '../../results/index.js';
import type { CancelReading } from './executor.js';

/** One chunk is being written and one is read ahead when the client leaves; nothing past those may be read. */
const CHUNKS_UNDER_WAY = 2;

/** What a server did for a client that had left, held against the most that it may do. */
export function cancellationSample(
  round: number,
  { chunk }: BenchSetting,
  { receivedRows, cancelledAt, server }: CancelReading,
): CancellationSample {
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
