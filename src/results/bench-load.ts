import type { BenchLoad } from './setting.js';

/** One client beside the server that reads the whole table as fast as it can. */
export const plainLoad: BenchLoad = Object.freeze({
  method: 'stream',
  rows: null,
  rowBytes: null,
  clients: 1,
  partitions: 1,
  rttMs: 0,
  windowBytes: null,
  consistency: 'chunked',
  paceRowsPerSecond: null,
  readsPerSecond: null,
});

/** Whether a clock sets the rate of a load: what it reaches then says nothing of the server's own. */
export function isPaced({ paceRowsPerSecond, readsPerSecond }: BenchLoad): boolean {
  return paceRowsPerSecond !== null || readsPerSecond !== null;
}

/**
 * What sets a load apart from one client that reads the whole table as fast as it can, in a few words; empty for that one.
 *
 * @example
 * describeLoad({ ...plainLoad, clients: 4, rttMs: 20 }); // '4 clients, 20 ms away'
 */
export function describeLoad(load: BenchLoad): string {
  return loadWords(load).join(', ');
}

/** The words of {@link describeLoad}, one for each way in which a load is set apart. */
export function loadWords(load: BenchLoad): string[] {
  return wordings.flatMap((words) => words(load) ?? []);
}

type Wording = (load: BenchLoad) => string | undefined;

const wordings: readonly Wording[] = [
  ({ method }) => (method === 'stream' ? undefined : method),
  ({ rows }) => (rows === null ? undefined : `${grouped(rows)} rows`),
  ({ rowBytes }) => (rowBytes === null ? undefined : `rows of ${grouped(rowBytes)} bytes`),
  ({ clients }) => (clients === 1 ? undefined : `${clients} clients`),
  ({ partitions }) => (partitions === 1 ? undefined : `${partitions} partitions`),
  ({ rttMs }) => (rttMs === 0 ? undefined : `${rttMs} ms away`),
  ({ windowBytes }) => (windowBytes === null ? undefined : `window ${binary(windowBytes)}`),
  ({ consistency }) => (consistency === 'chunked' ? undefined : consistency),
  ({ paceRowsPerSecond: pace }) => (pace === null ? undefined : `taking ${grouped(pace)} rows/s`),
  ({ readsPerSecond: rate }) => (rate === null ? undefined : `${grouped(rate)} reads/s`),
];

/** Words are keys as well: two windows must not read alike. */
function binary(bytes: number): string {
  if (bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2} MiB`;
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${grouped(bytes)} bytes`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
