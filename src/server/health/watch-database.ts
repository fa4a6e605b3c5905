import { setTimeout as delay } from 'node:timers/promises';
import { explainDatabase } from '../../runtime/database/explain-failure.js';
import type { StreamLogger, StreamService } from '../../runtime/index.js';
import type { UnreadableServices } from './database-check.js';
import type { Health } from './health.js';

type Check = (signal: AbortSignal) => Promise<UnreadableServices> | Promise<void>;

/** Either the database does not answer, and why, or it answers, and lacks what these services read. */
export type DatabaseState = { readonly problem: unknown } | { readonly unreadable: UnreadableServices };

export interface WatchDatabaseOptions {
  /** Asks the database; rejects when it does not answer. The signal says that nobody waits any more. */
  readonly check: Check;
  /** Called with the first answer, and at every change. */
  readonly onChange: (state: DatabaseState) => void;
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
  const teller = new Teller(onChange);
  let failures = 0;
  while (!signal.aborted) {
    const onLate = (problem: unknown) => {
      if (!signal.aborted && teller.isGone) teller.tell({ problem });
    };
    const state = await look(check, { signal, timeoutMs, onLate });
    if (signal.aborted) return;
    failures = 'problem' in state ? failures + 1 : 0;
    if (failures === 0 || failures >= (teller.hasTold ? FAILURES_TO_BE_GONE : 1)) teller.tell(state);
    const pauseMs = failures === 0 ? intervalMs : Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
    await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Tells what is new, once: a database that is away says the same at every look, but for ports and times. */
class Teller {
  private told: string | undefined;
  private readonly onChange: (state: DatabaseState) => void;

  constructor(onChange: (state: DatabaseState) => void) {
    this.onChange = onChange;
  }

  get hasTold(): boolean {
    return this.told !== undefined;
  }

  get isGone(): boolean {
    return this.told?.startsWith(GONE) === true;
  }

  tell(state: DatabaseState): void {
    const news = newsOf(state);
    // Silence is no other reason than the one that is known.
    if (news === this.told || (news === GONE && this.isGone)) return;
    this.told = news;
    this.onChange(state);
  }
}

const GONE = 'gone';

function newsOf(state: DatabaseState): string {
  if (!('problem' in state)) return `answers, but for ${[...state.unreadable.keys()].join(', ')}`;
  if (state.problem instanceof NoAnswer) return GONE;
  return `${GONE}: ${explainDatabase(state.problem).reason.replace(/\d+/g, '')}`;
}

class NoAnswer extends Error {}

interface Looking {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Told what kept the database from answering in time, if that comes out later. */
  readonly onLate: (problem: unknown) => void;
}

async function look(check: Check, { signal, timeoutMs, onLate }: Looking): Promise<DatabaseState> {
  const patience = new AbortController();
  const stop = () => patience.abort(signal.reason);
  const timer = setTimeout(() => patience.abort(new NoAnswer(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  const answer = check(patience.signal);
  try {
    return { unreadable: (await Promise.race([answer, rejection(patience.signal)])) ?? new Map() };
  } catch (problem) {
    if (patience.signal.aborted) answer.catch(onLate);
    return { problem };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

export interface FollowDatabaseOptions extends Pick<WatchDatabaseOptions, 'check' | 'signal'> {
  readonly health: Health;
  readonly services: readonly StreamService[];
  /** What the log calls the database. */
  readonly name: string;
  readonly logger: StreamLogger | undefined;
}

/** Lets health say what the database can serve, until the signal: nothing, everything, or what it has the tables of. */
export function followDatabase({ health, services, name, logger, check, signal }: FollowDatabaseOptions): void {
  const url = name === 'replica' ? 'DATABASE_REPLICA_URL' : 'DATABASE_URL';
  const onGone = (problem: unknown) => {
    health.setServing(() => false);
    logger?.error(explained(problem, url), `the ${name} does not answer: health is NOT_SERVING until it does`);
  };
  const onAnswer = (unreadable: UnreadableServices) => {
    const readable = services.filter(({ assertReadable, name }) => assertReadable && !unreadable.has(name));
    // One table that is missing is no reason to take all others from their clients.
    health.setServing((service) =>
      service === '' ? unreadable.size === 0 || readable.length > 0 : !unreadable.has(service),
    );
    if (unreadable.size === 0) return logger?.info({}, `the ${name} answers`);
    logger?.error(
      lacking(unreadable),
      `the ${name} answers, and lacks tables: health of what reads them is NOT_SERVING until they are there`,
    );
  };
  void watchDatabase({
    check,
    signal,
    onChange: (state) => ('problem' in state ? onGone(state.problem) : onAnswer(state.unreadable)),
  });
}

function explained(problem: unknown, url: string): object {
  const { reason, nextActions } = explainDatabase(problem, { url });
  return { reason, next: nextActions };
}

function lacking(unreadable: UnreadableServices): object {
  const problems = [...unreadable].map(([service, problem]) => ({ service, ...explainDatabase(problem) }));
  return {
    lacking: problems.map(({ service, reason }) => ({ service, reason })),
    next: [...new Set(problems.flatMap(({ nextActions }) => nextActions))],
  };
}
