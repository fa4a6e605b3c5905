import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CountStreamOptions, StreamCount } from './frame-counter.js';
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

/**
 * Starts the server anew, so that memory and garbage of one are not another's, and reads the whole table twice: the first time compiles the
 * code, the second is measured.
 *
 * @throws When a stream does not bring every row.
 */
export async function measure(
  { command, request, batches }: Way,
  rows: number,
  env: NodeJS.ProcessEnv,
): Promise<Sample> {
  const [program = '', ...args] = command.map((word) => (word === '$DATABASE_URL' ? (env.DATABASE_URL ?? '') : word));
  const server = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const client = fork(CLIENT, { execArgv: ['--import', 'tsx'] });
  try {
    const [port] = await Promise.all([portOf(server), once(client, 'message')]);
    const path = `${SERVICE}/${batches ? 'StreamBookBatches' : 'StreamBooks'}`;
    const options: CountStreamOptions = { port, path, request, batches };
    await count(client, options, rows);
    const [serverBefore, clientBefore] = [await cpuMs(server), await cpuMs(client)];
    const stream = await count(client, options, rows);
    return {
      rowsPerSecond: (rows / stream.ms) * 1000,
      firstRowMs: stream.firstRowMs,
      cpuMicrosPerRow: (((await cpuMs(server)) - serverBefore) * 1000) / rows,
      peakRssMb: await peakRssMb(server),
      clientBusy: ((await cpuMs(client)) - clientBefore) / stream.ms,
    };
  } finally {
    for (const child of [server, client]) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  }
}

const CLIENT = fileURLToPath(new URL('count-process.ts', import.meta.url));

async function portOf(server: ChildProcess): Promise<number> {
  if (!server.stdout) throw new Error('the server has no output');
  for await (const line of createInterface({ input: server.stdout })) {
    if (line.startsWith('{')) return Number(JSON.parse(line).port);
  }
  throw new Error('the server ended before it listened');
}

async function count(client: ChildProcess, options: CountStreamOptions, rows: number): Promise<StreamCount> {
  const answer = once(client, 'message');
  client.send({ ...options, request: [...options.request] });
  const [stream] = await answer;
  if (stream.error) throw new Error(stream.error);
  if (stream.rows !== rows) throw new Error(`${options.path} sent ${stream.rows} of ${rows} rows`);
  return stream;
}

/** Linux counts in hundredths of a second. */
const MS_PER_TICK = 10;

/** User and system time of a process, of all its threads. @see proc(5) */
async function cpuMs({ pid }: ChildProcess): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
  return (user + system) * MS_PER_TICK;
}

async function peakRssMb({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}
