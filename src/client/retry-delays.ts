import { setTimeout as delay } from 'node:timers/promises';
import { ExponentialBackoff } from 'cockatiel';
import { retryDelayOf } from './status-details.js';

/** How often a broken stream is opened again. */
export interface RetryOptions {
  /**
   * Most attempts in a row that bring no row; 0 never opens again. Any row starts the count anew. An attempt first waits for a connection,
   * for as long as a try takes. Default 10, which is about a minute where nobody answers.
   */
  readonly maxAttempts?: number;
  /** About how many milliseconds the first wait lasts; each is random, so that a thousand clients do not come back as one. Default 100. */
  readonly initialDelayMs?: number;
  /** Most milliseconds that a wait lasts, unless the server asks for more. Default 10,000. */
  readonly maxDelayMs?: number;
}

/** Attempts so far without a row, and how long the next one waits. */
export interface RetryDelays {
  readonly attempts: number;
  /** A row came: the next break is the first again. */
  reset(): void;
  /** Milliseconds to wait after an error; undefined when it is time to give up. */
  next(error: unknown): number | undefined;
}

/** A server that wants more than this is not waited for: a timer of a day is no way to stream. */
const LONGEST_WAIT_MS = 5 * 60_000;

/** Exponential backoff with jitter, on top of what the server asks for. */
export function retryDelays({
  maxAttempts = 10,
  initialDelayMs: initialDelay = 100,
  maxDelayMs: maxDelay = 10_000,
}: RetryOptions = {}): RetryDelays {
  const factory = new ExponentialBackoff({ initialDelay, maxDelay });
  let backoff = factory.next();
  let attempts = 0;
  return {
    get attempts() {
      return attempts;
    },
    reset() {
      if (attempts === 0) return;
      attempts = 0;
      backoff = factory.next();
    },
    next(error) {
      const asked = retryDelayOf(error) ?? 0;
      if (attempts >= maxAttempts || asked > LONGEST_WAIT_MS) return undefined;
      attempts++;
      const { duration } = backoff;
      backoff = backoff.next(undefined);
      return asked + duration;
    },
  };
}

/** Waits, or throws the signal's reason as soon as it is aborted. */
export async function waitOrAbort(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  try {
    await delay(milliseconds, undefined, signal ? { signal } : {});
  } catch {
    signal?.throwIfAborted();
  }
}
