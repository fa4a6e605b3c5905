import { sum } from 'simple-statistics';
import { oneReading, type SampleSize } from '../../src/bench/executor.js';
import type { ProcessExecutor } from '../../src/bench/index.js';
import type { BenchSetting } from '../../src/results/index.js';
import type { CountingClient } from './counting-client.js';
import { cpuMicros } from './process-figures.js';

/** A server that the independent client reads from. */
export interface ReadServer {
  readonly port: number;
  readonly pid: number;
}

/** What was seen of the streams of one sample from outside. */
export interface Seen {
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly firstRowsMs: number[];
  readonly cpuMicrosPerRow: number;
}

/** What the generated client asks for. */
export const WINDOW_BYTES = 4 * 1024 ** 2;

export function serverOf({ serverAddress, pids }: ProcessExecutor): ReadServer {
  return { port: Number(serverAddress.split(':').at(-1)), pid: pids.server ?? 0 };
}

/** Reads streams of books one after another by the independent client, and the server's CPU time from the kernel. */
export async function readFrom(
  counter: CountingClient,
  { port, pid }: ReadServer,
  setting: BenchSetting,
  { mostRows = null, ...repetition }: SampleSize = oneReading,
): Promise<Seen> {
  const batches = setting.batchRows !== null;
  const path = `/library.v1.BookStreamService/${batches ? 'StreamBookBatches' : 'StreamBooks'}`;
  const request = requestOf(setting, mostRows);
  const before = cpuMicros(pid);
  const counts = await counter.countInTurn(port, { path, batches, request }, repetition);
  const rows = sum(counts.map((count) => count.rows));
  return {
    rows,
    rowsPerSecond: (rows / sum(counts.map(({ ms }) => ms))) * 1000,
    firstRowsMs: counts.map(({ firstRowMs }) => firstRowMs),
    cpuMicrosPerRow: (cpuMicros(pid) - before) / rows,
  };
}

/** The encoded request, by the field numbers of the .proto file. */
function requestOf({ chunk, checkInterval, batchRows, load }: BenchSetting, mostRows: number | null): Uint8Array {
  const limit = mostRows ?? load.rows;
  return Uint8Array.from([
    ...(limit === null ? [] : varintField(4, limit)),
    ...(chunk === 'auto' ? [] : varintField(8, chunk)),
    ...varintField(9, checkInterval),
    ...(batchRows === null ? [] : varintField(10, batchRows)),
  ]);
}

function varintField(number: number, value: number): number[] {
  const bytes = [number << 3];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}
