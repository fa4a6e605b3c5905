import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { max, quantileSorted } from 'simple-statistics';
import { checkHealth } from '../../src/server/index.js';
import { peakBytes, resetPeak, residentBytes } from '../benchmarks/process-figures.js';
import { type BookClient, bookClient } from '../support/book-client.js';
import { cli, runNode } from '../support/linked-project.js';
import { generatedProject, serveProject } from '../support/served-project.js';
import type { AttackName, AttackOrder } from './attacks.js';

/** What others felt of an attack, and what the attack got. */
export interface Felt {
  readonly rowsPerSecond: number;
  readonly healthP99Ms: number;
  readonly healthWorstMs: number;
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
  /** Whether every slot of the server's limits is free again. */
  slotsLeft(): Promise<{ readonly asked: number; readonly served: number; readonly health: string }>;
  close(): Promise<void>;
}

const REST_MS = 3000;

const NO_LINE = /^(?!)/;

export async function openStage(rows: number): Promise<Stage> {
  const project = await generatedProject('sqlite');
  const url = 'file:./hostile.db';
  await runNode(project.folder, [cli, 'seed', '--model', 'Book', '--rows', `${rows}`, '--quiet'], {
    DATABASE_URL: url,
  });
  const server = await serveProject(project.folder, { url });
  const { address, pid } = server;
  // Its log is read to the end: a pipe that nobody reads holds the server.
  server.logLine(NO_LINE).catch(() => {});
  const client = bookClient(project.folder, address);
  const order = { address, folder: project.folder, file: join(project.folder, 'hostile.db') };

  async function felt(seconds: number, attack?: AttackName): Promise<Felt> {
    const bytesBefore = residentBytes(pid);
    resetPeak(pid);
    const over = new AbortController();
    const others = [readAgain(client, over.signal), askHealthAgain(address, over.signal)] as const;
    const got = attack ? await runAttack({ ...order, name: attack, seconds }) : await delay(seconds * 1000, '');
    over.abort();
    const [rowsPerSecond, health] = await Promise.all(others);
    const bytesPeak = peakBytes(pid);
    await delay(REST_MS);
    const sorted = health.toSorted((a, b) => a - b);
    return {
      rowsPerSecond,
      healthP99Ms: quantileSorted(sorted, 0.99),
      healthWorstMs: max(sorted),
      bytesBefore,
      bytesPeak,
      bytesAfter: residentBytes(pid),
      got,
    };
  }

  return {
    undisturbed: (seconds) => felt(seconds),
    during: (attack, seconds) => felt(seconds, attack),
    async slotsLeft() {
      const asked = 100;
      const request = { limit: 10 };
      const ends = await Promise.all(Array.from({ length: asked }, () => client.read(request)));
      const served = ends.filter(({ ids, status }) => status.code === 0 && ids.length === request.limit).length;
      return { asked, served, health: await checkHealth({ address }).catch(String) };
    },
    async close() {
      client.close();
      await server.kill();
      await project.remove();
    },
  };
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

/** How long each answer took, in milliseconds. */
async function askHealthAgain(address: string, signal: AbortSignal): Promise<readonly number[]> {
  const took: number[] = [];
  while (!signal.aborted) {
    const start = performance.now();
    // A timeout counts as an answer that took as long.
    await checkHealth({ address, timeoutMs: 10_000 }).catch(() => {});
    took.push(performance.now() - start);
    await delay(20);
  }
  return took;
}

async function runAttack(order: AttackOrder): Promise<string> {
  const attacker = fork(fileURLToPath(new URL('attacks.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
  attacker.send(order);
  const [got] = await once(attacker, 'message');
  attacker.kill('SIGKILL');
  return String(got);
}
