import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { max, quantileSorted } from 'simple-statistics';
import { checkHealth } from '../../src/server/index.js';
import { cpuMicros, peakBytes, resetPeak, residentBytes } from '../benchmarks/process-figures.js';
import { type BookClient, bookClient } from '../support/book-client.js';
import { cli, runNode } from '../support/linked-project.js';
import { generatedProject, serveProject } from '../support/served-project.js';
import { type AttackName, type AttackOrder, slotsTaken } from './attacks.js';
import { watchHealth } from './health-watch.js';

/** What others felt of an attack, and what the attack got. */
export interface Felt {
  readonly rowsPerSecond: number;
  readonly healthP99Ms: number;
  readonly healthWorstMs: number;
  /** How many cores the server kept busy: on a machine that others keep busy, it gets fewer than it needs. */
  readonly cores: number;
  /** How many cores the server kept busy in the second after the first one after the attack. */
  readonly coresAfter: number;
  readonly bytesBefore: number;
  readonly bytesPeak: number;
  /** Some seconds after the attack. */
  readonly bytesAfter: number;
  readonly got: string;
}

/** A server, its table, a client that reads the table all the time, and somebody who asks for health. */
export interface Stage {
  undisturbed(seconds: number): Promise<Felt>;
  during(attack: AttackName, seconds: number): Promise<Felt>;
  /** The server's memory after the C library has given back what the server has freed; undefined where gdb is missing. */
  bytesInUse(): Promise<number | undefined>;
  /** What is still taken of the server's limits. */
  slots(): Promise<{ readonly taken: string; readonly health: string }>;
  close(): Promise<void>;
}

const REST_MS = 3000;

/** So few that a slot that stays taken is missed. */
const LIMITS = { streams: 300, connections: 200 };

const ATTACKER_NICE = 19;

const NO_LINE = /^(?!)/;

export async function openStage(rows: number): Promise<Stage> {
  const project = await generatedProject('sqlite');
  const url = 'file:./hostile.db';
  await runNode(project.folder, [cli, 'seed', '--model', 'Book', '--rows', `${rows}`, '--quiet'], {
    DATABASE_URL: url,
  });
  const server = await serveProject(
    project.folder,
    { url },
    {
      env: {
        GRPC_STREAM_MAX_STREAMS_PER_CLIENT: `${LIMITS.streams}`,
        GRPC_STREAM_MAX_CONNECTIONS_PER_CLIENT: `${LIMITS.connections}`,
      },
    },
  );
  const { address, pid } = server;
  // Its log is read to the end: a pipe that nobody reads holds the server.
  server.logLine(NO_LINE).catch(() => {});
  const client = bookClient(project.folder, address);
  const watch = await watchHealth(address);
  const order = { address, folder: project.folder, file: join(project.folder, 'hostile.db') };

  async function felt(seconds: number, attack?: AttackName): Promise<Felt> {
    const attacker = attack && (await openAttacker());
    const bytesBefore = residentBytes(pid);
    resetPeak(pid);
    const [startedMs, cpuBefore] = [performance.now(), cpuMicros(pid)];
    const over = new AbortController();
    const reading = readAgain(client, over.signal);
    watch.start();
    const got =
      attacker && attack
        ? await runAttack(attacker, { ...order, name: attack, seconds })
        : await delay(seconds * 1000, '');
    over.abort();
    const cores = (cpuMicros(pid) - cpuBefore) / 1000 / (performance.now() - startedMs);
    const health = await watch.stop();
    const rowsPerSecond = await reading;
    const bytesPeak = peakBytes(pid);
    const coresAfter = await coresBusy(pid);
    await delay(REST_MS);
    const sorted = health.toSorted((a, b) => a - b);
    return {
      rowsPerSecond,
      healthP99Ms: quantileSorted(sorted, 0.99),
      healthWorstMs: max(sorted),
      cores,
      coresAfter,
      bytesBefore,
      bytesPeak,
      bytesAfter: residentBytes(pid),
      got,
    };
  }

  return {
    undisturbed: (seconds) => felt(seconds),
    during: (attack, seconds) => felt(seconds, attack),
    async bytesInUse() {
      if (!(await giveBackFreed(pid))) return undefined;
      return residentBytes(pid);
    },
    async slots() {
      const taken = await slotsTaken(Number(address.split(':').at(-1)), LIMITS);
      return { taken, health: await checkHealth({ address }).catch(String) };
    },
    async close() {
      watch.close();
      client.close();
      await server.kill();
      await project.remove();
    },
  };
}

/**
 * Lets glibc give back the memory that a process has freed: by itself, it gives back little of what lies between parts that are in use.
 *
 * @returns False where it cannot be asked: gdb is missing, or may not look into other processes.
 */
async function giveBackFreed(pid: number): Promise<boolean> {
  const gdb = promisify(execFile)('gdb', ['-p', `${pid}`, '--batch', '-ex', 'call (int) malloc_trim(0)']);
  return gdb.then(
    ({ stdout }) => /^\$1 = \d/m.test(stdout),
    () => false,
  );
}

/** How many cores a process keeps busy, a second from now. */
async function coresBusy(pid: number): Promise<number> {
  await delay(1000);
  const [start, before] = [performance.now(), cpuMicros(pid)];
  await delay(1000);
  return (cpuMicros(pid) - before) / 1000 / (performance.now() - start);
}

/** Rows a second of a client that reads the table to its end, and begins again. */
async function readAgain(client: BookClient, signal: AbortSignal): Promise<number> {
  const start = performance.now();
  let rows = 0;
  while (!signal.aborted) {
    const stream = client.open('streamBookBatches');
    const onAbort = () => stream.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    stream.on('data', ({ books = [] }: { readonly books?: readonly object[] }) => {
      rows += books.length;
    });
    stream.on('error', () => {});
    await new Promise((resolve) => stream.once('status', resolve));
    signal.removeEventListener('abort', onAbort);
  }
  return rows / ((performance.now() - start) / 1000);
}

/** A process of its own, which waits for its order: its start is no part of the attack. */
async function openAttacker(): Promise<ChildProcess> {
  const attacker = fork(fileURLToPath(new URL('attacks.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
  await once(attacker, 'message');
  // The work of attackers is that of other machines: it comes after the server's.
  setPriority(attacker.pid ?? 0, ATTACKER_NICE);
  return attacker;
}

async function runAttack(attacker: ChildProcess, order: AttackOrder): Promise<string> {
  attacker.send(order);
  const [got] = await once(attacker, 'message');
  attacker.kill('SIGKILL');
  return String(got);
}
