import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { median, sum } from 'simple-statistics';
import { startCountingClient } from '../counting-client.js';
import { cpuMicros, peakBytes } from '../process-figures.js';
import type { Way } from './ways.js';

/** Streams of one server, one after the other. */
export interface Sample {
  readonly rowsPerSecond: number;
  readonly firstRowMs: number;
  /** Of the server's process, user and system. */
  readonly cpuMicrosPerRow: number;
  readonly peakRssMb: number;
  /** Of the client's process: near the whole time, it would be the client that is measured. */
  readonly clientBusy: number;
}

const SERVICE = '/library.v1.BookStreamService';

/** The server never waits for the client's permission: the largest window that HTTP/2 has. */
const WINDOW_BYTES = 2 ** 31 - 1;

/** Node compiles what runs often, for seconds; after one fast stream, half of it would still be interpreted. */
const WARM_UP_MS = 3000;

const MEASURED_MS = 2000;

/**
 * Starts the server anew, so that memory and garbage of one are not another's, and reads the whole table again and again: for as long as code
 * is compiled, and then to measure.
 *
 * @throws When a stream does not bring every row.
 */
export async function measure({ command, ...way }: Way, rows: number, env: NodeJS.ProcessEnv): Promise<Sample> {
  const [program = '', ...args] = command.map((word) => (word === '$DATABASE_URL' ? (env.DATABASE_URL ?? '') : word));
  const server = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const client = startCountingClient(WINDOW_BYTES);
  const pid = server.pid ?? 0;
  const ended = once(server, 'exit').then(([code]) => {
    throw new Error(`${way.name}: the server ended with ${code}`);
  });
  ended.catch(() => {});
  try {
    const port = await portOf(server);
    const path = `${SERVICE}/${way.batches ? 'StreamBookBatches' : 'StreamBooks'}`;
    const read = async () => {
      const stream = await Promise.race([client.count(port, { ...way, path }), ended]);
      if (stream.rows !== rows) throw new Error(`${path} sent ${stream.rows} of ${rows} rows`);
      return stream;
    };
    const readFor = async (leastMs: number) => {
      const streams = [await read()];
      while (sum(streams.map(({ ms }) => ms)) < leastMs) streams.push(await read());
      return streams;
    };
    await readFor(WARM_UP_MS);
    const [serverBefore, clientBefore] = [cpuMicros(pid), cpuMicros(client.pid)];
    const streams = await readFor(MEASURED_MS);
    const ms = sum(streams.map((stream) => stream.ms));
    return {
      rowsPerSecond: (rows * streams.length * 1000) / ms,
      firstRowMs: median(streams.map(({ firstRowMs }) => firstRowMs)),
      cpuMicrosPerRow: (cpuMicros(pid) - serverBefore) / (rows * streams.length),
      peakRssMb: peakBytes(pid) / 2 ** 20,
      clientBusy: (cpuMicros(client.pid) - clientBefore) / 1000 / ms,
    };
  } finally {
    server.kill('SIGKILL');
    await Promise.allSettled([ended, client.close()]);
  }
}

async function portOf(server: ChildProcess): Promise<number> {
  if (!server.stdout) throw new Error('the server has no output');
  for await (const line of createInterface({ input: server.stdout })) {
    if (line.startsWith('{')) return Number(JSON.parse(line).port);
  }
  throw new Error('the server ended before it listened');
}
