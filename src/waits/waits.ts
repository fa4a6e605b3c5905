import { setMaxListeners } from 'node:events';
import { setTimeout as nodeSleep } from 'node:timers/promises';

/**
 * Waits for a promise, but only until the signal is aborted. The listener on the signal is removed either way.
 *
 * @throws The signal's reason when the signal is aborted first. The promise is then no longer waited for, but still runs.
 */
export async function abortable<T>(promise: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Waits for work, but no longer than the time given.
 *
 * @returns Whether the work was done in that time.
 * @throws What the work throws in that time. Later errors are ignored.
 */
export async function inTime(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([work.then(() => true), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

export interface SleepOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether the timer keeps the process alive. Default true. */
  readonly ref?: boolean;
}

/**
 * Waits for the time given.
 *
 * @throws The signal's reason as soon as the signal is aborted.
 */
export async function sleep(milliseconds: number, { signal, ref = true }: SleepOptions = {}): Promise<void> {
  signal?.throwIfAborted();
  try {
    await nodeSleep(milliseconds, undefined, { ref, ...(signal ? { signal } : {}) });
  } catch (error) {
    // Node's own AbortError hides the reason.
    signal?.throwIfAborted();
    throw error;
  }
}

/** Resolves once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => onAbort(signal, resolve));
}

/**
 * Calls back when a signal is aborted. One signal may end any number of streams and partitions: that many listeners are no leak, so
 * Node's warning is turned off.
 *
 * @returns Removes the listener.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (!signal) return () => {};
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** A signal with a time limit. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Stops the timer and removes the listener; the signal is then never aborted. */
  clear(): void;
}

/** Makes a signal that is aborted with another one, or when the time is up. Clear it when the work is done. */
export function timeLimit(
  milliseconds: number,
  { signal, reason }: { readonly signal: AbortSignal; readonly reason: () => unknown },
): TimeLimit {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(reason()), milliseconds);
  const removeListener = onAbort(signal, abort);
  if (signal.aborted) abort();
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      removeListener();
    },
  };
}

/** A promise and the function that resolves it; Node 20 has no `Promise.withResolvers`. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export interface BackoffOptions {
  readonly firstMs: number;
  /** Default: no limit. */
  readonly longestMs?: number;
  /** Makes each delay random, between half and all of it, so that many who failed together do not try again together. Default false. */
  readonly jitter?: boolean;
}

/**
 * Exponential backoff: how many milliseconds to wait after so many failures in a row.
 *
 * @example
 * backoffMs(1, { firstMs: 100 }); // 100
 * backoffMs(4, { firstMs: 100, longestMs: 500 }); // 500
 */
export function backoffMs(
  failures: number,
  { firstMs, longestMs = Number.POSITIVE_INFINITY, jitter = false }: BackoffOptions,
): number {
  const delayMs = Math.min(firstMs * 2 ** (failures - 1), longestMs);
  return jitter ? delayMs * (0.5 + Math.random() / 2) : delayMs;
}
