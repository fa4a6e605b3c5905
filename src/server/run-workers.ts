import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { EnvironmentError } from '../errors/index.js';
import type { StreamLogger } from '../runtime/index.js';
import { aborted, backoffMs, inTime, onAbort, sleep } from '../waits/index.js';
import { bracketed } from './address.js';

export interface RunWorkersOptions {
  /** How many processes share the port. */
  readonly workers: number;
  /** The folder in which they start. Default: the current one. */
  readonly cwd?: string | undefined;
  readonly host: string;
  /** Seconds in which running streams may end. */
  readonly shutdownGrace: number;
  /** Ends the workers. */
  readonly signal: AbortSignal;
  readonly logger: StreamLogger;
  /** Called once, when every worker listens. */
  readonly onListening?: ((address: string) => void) | undefined;
}

/** A worker that dies repeatedly is restarted after longer and longer pauses. */
const RESTART = { firstMs: 500, longestMs: 30_000 };

/** A worker that has run for this long did not fail at its start. */
const STABLE_MS = 60_000;

/** How long a worker may take to close after its streams have ended, before it is killed. */
const CLOSING_MS = 10_000;

/**
 * Runs this program again as workers that share the port and get connections in turn. A worker that dies is replaced. At the end each
 * worker ends its streams first.
 *
 * @throws EnvironmentError when the first worker cannot start; the worker itself has printed why.
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
  /** Whether a worker has listened; before that, one that dies is not replaced. */
  private begun = false;

  constructor(logger: StreamLogger, signal: AbortSignal) {
    this.logger = logger;
    this.signal = signal;
  }

  /** An error that keeps one worker from starting keeps all of them: one starts first, so that the error is printed once. */
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

  /** Resolves when they listen, or when the signal is aborted. */
  startOthers(count: number): Promise<void> {
    if (count === 0 || this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      let listening = 0;
      cluster.on('listening', () => {
        if (++listening === count) resolve();
      });
      onAbort(this.signal, resolve);
      for (let started = 0; started < count; started++) this.keepAlive();
    });
  }

  /** @param deaths In a row, before this start. */
  private keepAlive(deaths = 0): Worker {
    const worker = cluster.fork();
    const startedMs = performance.now();
    worker.once('exit', (code, signal) => {
      if (!this.begun || this.signal.aborted) return;
      const deathsInARow = performance.now() - startedMs > STABLE_MS ? 1 : deaths + 1;
      const pauseMs = backoffMs(deathsInARow, RESTART);
      this.logger.warn({ worker: worker.process.pid, code, signal, pauseMs }, 'a worker ended; another is started');
      void this.replace(deathsInARow, pauseMs);
    });
    return worker;
  }

  private async replace(deaths: number, pauseMs: number): Promise<void> {
    await sleep(pauseMs, { signal: this.signal }).catch(() => {});
    if (!this.signal.aborted) this.keepAlive(deaths);
  }
}

function liveWorkers(): Worker[] {
  return Object.values(cluster.workers ?? {})
    .filter((worker) => worker !== undefined)
    .filter((worker) => !worker.isDead());
}

async function endAll(timeoutMs: number, logger: StreamLogger): Promise<void> {
  const workers = liveWorkers();
  const gone = Promise.all(workers.map((worker) => once(worker, 'exit')));
  for (const worker of workers) if (worker.isConnected()) worker.send(END);
  if (await inTime(gone, timeoutMs)) return;
  logger.warn({ workers: liveWorkers().length }, 'workers that did not end in time are killed');
  for (const worker of liveWorkers()) worker.process.kill('SIGKILL');
  await gone;
}

/** The message with which the primary ends a worker. It is not a signal, because a terminal's Ctrl-C reaches the workers already. */
const END = 'grpc-stream:end';

/** Aborted by SIGTERM or Ctrl-C. A second one has its usual effect: it ends the process at once. */
export function terminationSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

/** In a worker, a signal that the primary's message aborts as well; elsewhere the signal itself. */
export function workerSignal(signal: AbortSignal): AbortSignal {
  if (!cluster.isWorker) return signal;
  const controller = new AbortController();
  process.on('message', (message) => {
    if (message === END) controller.abort();
  });
  return AbortSignal.any([signal, controller.signal]);
}
