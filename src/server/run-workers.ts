import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { EnvironmentError } from '../errors/index.js';
import type { StreamLogger } from '../runtime/index.js';
import { aborted, inTime } from '../waits/index.js';
import { bracketed } from './address.js';

export interface RunWorkersOptions {
  /** How many processes share the port. */
  readonly workers: number;
  /** The folder in which they start. Default: the current one. */
  readonly cwd?: string | undefined;
  readonly host: string;
  /** Seconds that running streams are given to end. */
  readonly shutdownGrace: number;
  /** Ends the workers, and with them this. */
  readonly signal: AbortSignal;
  readonly logger: StreamLogger;
  /** Called once, when every worker listens. */
  readonly onListening?: ((address: string) => void) | undefined;
}

/** A worker that dies at once, and again, is started ever more slowly. */
const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;

/** One that lived so long did not die of its start. */
const STABLE_MS = 60_000;

/** What closing takes beside the streams themselves, before a worker counts as stuck. */
const CLOSING_MS = 10_000;

/**
 * Runs this very program again, so many times, as workers that share the port: connections are handed to them in turn. A worker that
 * dies is replaced; when all must end, each ends its streams well.
 *
 * @throws EnvironmentError when the first worker cannot start: it has said why.
 */
export async function runWorkers({ workers, cwd, signal, logger, ...options }: RunWorkersOptions): Promise<void> {
  if (cwd !== undefined) cluster.setupPrimary({ cwd });
  const pool = new WorkerPool(logger, signal);
  const port = await pool.startFirst();
  await pool.startOthers(workers - 1);
  if (!signal.aborted) options.onListening?.(`${bracketed(options.host)}:${port}`);
  await aborted(signal);
  logger.info({ workers: liveWorkers().length, shutdownGrace: options.shutdownGrace }, 'shutting down');
  await endAll(options.shutdownGrace * 1000 + CLOSING_MS, logger);
}

class WorkerPool {
  private readonly logger: StreamLogger;
  private readonly signal: AbortSignal;
  /** Until one has listened, a death is no accident. */
  private begun = false;

  constructor(logger: StreamLogger, signal: AbortSignal) {
    this.logger = logger;
    this.signal = signal;
  }

  /** Whatever keeps one from starting keeps all: one tries first, so that it is said once. */
  async startFirst(): Promise<number> {
    const first = this.keepAlive();
    const died = once(first, 'exit').then(([code, signal]) => {
      throw new EnvironmentError('server.worker', `the first worker ended (${code ?? signal}) before it listened`, {
        nextActions: ['see its message above'],
      });
    });
    const [{ port }] = await Promise.race([once(first, 'listening'), died]);
    this.begun = true;
    return port;
  }

  /** Resolves when they listen, or when they need not any more. */
  startOthers(count: number): Promise<void> {
    if (count === 0 || this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      let listening = 0;
      cluster.on('listening', () => {
        if (++listening === count) resolve();
      });
      this.signal.addEventListener('abort', () => resolve(), { once: true });
      for (let started = 0; started < count; started++) this.keepAlive();
    });
  }

  private keepAlive(deaths = 0): Worker {
    const worker = cluster.fork();
    const startedMs = performance.now();
    worker.once('exit', (code, signal) => {
      if (!this.begun || this.signal.aborted) return;
      const recent = performance.now() - startedMs > STABLE_MS ? 0 : deaths;
      const pauseMs = Math.min(FIRST_RESTART_MS * 2 ** recent, LONGEST_RESTART_MS);
      this.logger.warn({ worker: worker.process.pid, code, signal, pauseMs }, 'a worker ended; another is started');
      setTimeout(() => {
        if (!this.signal.aborted) this.keepAlive(recent + 1);
      }, pauseMs);
    });
    return worker;
  }
}

function liveWorkers(): Worker[] {
  return Object.values(cluster.workers ?? {})
    .filter((worker) => worker !== undefined)
    .filter((worker) => !worker.isDead());
}

async function endAll(patienceMs: number, logger: StreamLogger): Promise<void> {
  const workers = liveWorkers();
  const gone = Promise.all(workers.map((worker) => once(worker, 'exit')));
  for (const worker of workers) if (worker.isConnected()) worker.send(END);
  if (await inTime(gone, patienceMs)) return;
  logger.warn({ workers: liveWorkers().length }, 'workers that did not end in time are killed');
  for (const worker of liveWorkers()) worker.process.kill('SIGKILL');
  await gone;
}

/** What a primary sends to a worker that must end. Not a signal: a terminal's Ctrl-C reaches the workers already. */
export const END = 'grpc-stream:end';

/** SIGTERM or Ctrl-C, once; the second one has its usual effect and ends the process at once. */
export function terminationSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

/** In a worker, the signal and the primary's word for it; elsewhere the signal. */
export function workerSignal(signal: AbortSignal): AbortSignal {
  if (!cluster.isWorker) return signal;
  const controller = new AbortController();
  process.on('message', (message) => {
    if (message === END) controller.abort();
  });
  return AbortSignal.any([signal, controller.signal]);
}
