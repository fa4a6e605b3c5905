import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startCountingClient } from '../counting-client.js';
import { cpuMicros, peakBytes } from '../process-figures.js';
import type { Way } from './ways.js';

/** One stream of one server. */
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

/**
 * Starts the server anew, so that memory and garbage of one are not another's, and reads the whole table twice: the first time compiles the
 * code, the second is measured.
 *
 * @throws When a stream does not bring every row.
 */
export async function measure({ command, ...way }: Way, rows: number, env: NodeJS.ProcessEnv): Promise<Sample> {
  const [program = '', ...args] = command.map((word) => (word === '$DATABASE_URL' ? (env.DATABASE_URL ?? '') : word));
  const server = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const client = startCountingClient(WINDOW_BYTES);
  const pid = server.pid ?? 0;
  try {
    const port = await portOf(server);
    const path = `${SERVICE}/${way.batches ? 'StreamBookBatches' : 'StreamBooks'}`;
    const read = async () => {
      const stream = await client.count(port, { ...way, path });
      if (stream.rows !== rows) throw new Error(`${path} sent ${stream.rows} of ${rows} rows`);
      return stream;
    };
    await read();
    const [serverBefore, clientBefore] = [cpuMicros(pid), cpuMicros(client.pid)];
    const { ms, firstRowMs } = await read();
    return {
      rowsPerSecond: (rows / ms) * 1000,
      firstRowMs,
      cpuMicrosPerRow: (cpuMicros(pid) - serverBefore) / rows,
      peakRssMb: peakBytes(pid) / 2 ** 20,
      clientBusy: (cpuMicros(client.pid) - clientBefore) / 1000 / ms,
    };
  } finally {
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await Promise.all([exited, client.close()]);
  }
}

async function portOf(server: ChildProcess): Promise<number> {
  if (!server.stdout) throw new Error('the server has no output');
  for await (const line of createInterface({ input: server.stdout })) {
    if (line.startsWith('{')) return Number(JSON.parse(line).port);
  }
  throw new Error('the server ended before it listened');
}
