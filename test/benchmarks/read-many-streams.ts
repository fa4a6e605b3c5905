import { Client, credentials, status as Status, type StatusObject } from '@grpc/grpc-js';

export interface ManyStreamsOptions {
  readonly address: string;
  /** Streams at a time, each of the whole table. */
  readonly streams: number;
  /** Connections that they share. */
  readonly connections: number;
  /** Rows of the table. */
  readonly rows: number;
}

export interface ManyStreamsFigures {
  /** How the streams that did not get every row ended; none is what is wanted. */
  readonly failures: readonly string[];
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** Time to the first row, the slowest stream's. */
  readonly lastFirstRowSeconds: number;
  /**
   * Rows of the fastest stream over those of the slowest, the worst of all looks from a fifth of the way until the first stream has
   * ended: before that a few rows make a large ratio, and after it the fastest has no more to read.
   */
  readonly worstRatio: number;
  /** Time of the slowest stream over that of the fastest. */
  readonly durationRatio: number;
}

const METHOD = '/library.v1.BookStreamService/StreamBooks';
const LOOK_INTERVAL_MS = 20;

/** Reads one table by many streams side by side, a row a message, with nothing but grpc-js. */
export async function readManyStreams({
  address,
  streams,
  connections,
  rows,
}: ManyStreamsOptions): Promise<ManyStreamsFigures> {
  const options = { 'grpc.use_local_subchannel_pool': 1 };
  const clients = Array.from({ length: connections }, () => new Client(address, credentials.createInsecure(), options));
  const counts = new Int32Array(streams);
  const startedMs = performance.now();
  let worstRatio = 1;
  const looks = setInterval(() => {
    const [slowest, fastest] = [Math.min(...counts), Math.max(...counts)];
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total > (rows * streams) / 5 && fastest < rows) worstRatio = Math.max(worstRatio, fastest / slowest);
  }, LOOK_INTERVAL_MS);
  const readings = Array.from(counts, (_, index) =>
    read(clients[index % connections] as Client, () => {
      counts[index] = (counts[index] ?? 0) + 1;
    }),
  );
  const ends = await Promise.all(readings);
  clearInterval(looks);
  for (const client of clients) client.close();
  const seconds = (performance.now() - startedMs) / 1000;
  const durations = ends.map(({ endedMs }) => endedMs - startedMs);
  return {
    failures: ends
      .filter((_, index) => counts[index] !== rows)
      .map(({ status }) => `${Status[status.code]}: ${status.details}`),
    seconds,
    rowsPerSecond: (rows * streams) / seconds,
    lastFirstRowSeconds: (Math.max(...ends.map(({ firstMs }) => firstMs)) - startedMs) / 1000,
    worstRatio,
    durationRatio: Math.max(...durations) / Math.min(...durations),
  };
}

interface Ending {
  readonly status: StatusObject;
  readonly firstMs: number;
  readonly endedMs: number;
}

function read(client: Client, onRow: () => void): Promise<Ending> {
  const identity = (bytes: Buffer) => bytes;
  const call = client.makeServerStreamRequest(METHOD, identity, identity, Buffer.alloc(0));
  let firstMs = Number.NaN;
  call.once('data', () => {
    firstMs = performance.now();
  });
  call.on('data', onRow);
  // The status tells the same.
  call.on('error', () => {});
  return new Promise((resolve) =>
    call.on('status', (status) => resolve({ status, firstMs, endedMs: performance.now() })),
  );
}
