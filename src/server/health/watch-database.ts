import { setTimeout as delay } from 'node:timers/promises';

type Check = (signal: AbortSignal) => Promise<void>;

export interface WatchDatabaseOptions {
  /** Asks the database anything; rejects when it does not answer. The signal says that nobody waits any more. */
  readonly check: Check;
  /** Called with the first answer, and at every change: undefined when the database answers, or else why it does not. */
  readonly onChange: (problem: unknown) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Between two looks at a database that answers. Default 5 s. */
  readonly intervalMs?: number | undefined;
  /** How long an answer may take. Default 5 s. */
  readonly timeoutMs?: number | undefined;
}

/** A database that is gone is looked for soon, and then less and less often: its start is not the time to crowd it. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;

/** One slow answer is no outage: the process itself may have been busy. */
const FAILURES_TO_BE_GONE = 2;

/** Looks at the database now and then, until the signal; never rejects. */
export async function watchDatabase({
  check,
  onChange,
  signal,
  intervalMs = 5000,
  timeoutMs = 5000,
}: WatchDatabaseOptions): Promise<void> {
  let answers: boolean | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const problem = await problemOf(check, timeoutMs, signal);
    if (signal.aborted) return;
    failures = problem === undefined ? 0 : failures + 1;
    const isGone = failures >= (answers === undefined ? 1 : FAILURES_TO_BE_GONE);
    if (problem === undefined && answers !== true) {
      answers = true;
      onChange(undefined);
    } else if (isGone && answers !== false) {
      answers = false;
      onChange(problem);
    }
    const pauseMs = failures === 0 ? intervalMs : Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
    await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** What keeps the database from answering, or undefined. */
async function problemOf(check: Check, timeoutMs: number, signal: AbortSignal): Promise<unknown> {
  const patience = new AbortController();
  const stop = () => patience.abort(signal.reason);
  const timer = setTimeout(() => patience.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([check(patience.signal), rejection(patience.signal)]);
    return undefined;
  } catch (error) {
    return error ?? new Error('unknown');
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}
