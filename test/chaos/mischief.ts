import { setTimeout as delay } from 'node:timers/promises';
import { type SeededRandom, shuffled } from '../../src/bench/statistics/seeded-random.js';
import type { StoryDatabase } from '../support/databases.js';
import type { ChaosStage } from './chaos-stage.js';

/** What can go wrong. */
export type Mishap = keyof typeof MISHAPS;

/** How often each of it did. */
export type MishapCounts = Readonly<Partial<Record<Mishap, number>>>;

export interface MischiefOptions {
  readonly stage: ChaosStage;
  /** What goes wrong, in turns. */
  readonly kinds: readonly Mishap[];
  /** How often, in all. */
  readonly mishaps: number;
  readonly random: SeededRandom;
  /** How long after one mishap comes the next, about. */
  readonly everyMs: number;
  /** How long something stays broken at most, beside the time that it takes to start. */
  readonly awayMs: number;
  /** Ends it before its time. */
  readonly signal: AbortSignal;
}

/**
 * Breaks things. The kinds of mishaps take turns, in another order of chance every time. They run into each other, but what was put right
 * is left alone for a while: a server that never serves would be no chance to read.
 *
 * @throws when something cannot be put right: then it was no mishap.
 */
export async function makeMischief({ kinds, mishaps, signal, ...options }: MischiefOptions): Promise<MishapCounts> {
  const { stage, random, everyMs, awayMs } = options;
  const pause = (milliseconds: number) => delay(milliseconds, undefined, { signal });
  const counts: Partial<Record<Mishap, number>> = {};
  const underWay = new Map<Mischief['at'], Promise<unknown>>();
  let turn: Mishap[] = [];
  for (let count = 0; count < mishaps; count++) {
    await pause(everyMs * (0.5 + random()));
    if (turn.length === 0) turn = shuffled(kinds, random);
    const mishap = turn.pop();
    if (mishap === undefined) break;
    const { at, happens } = MISHAPS[mishap];
    await underWay.get(at);
    counts[mishap] = (counts[mishap] ?? 0) + 1;
    const happening = happens(stage, Math.round(awayMs * random())).then(() => pause(everyMs));
    // Whoever waits for it is told: the next one at that place, or the end.
    happening.catch(() => {});
    underWay.set(at, happening);
  }
  await Promise.all(underWay.values());
  return counts;
}

/** What can go wrong: a database that is a file neither ends nor begins anew. */
export function mishapsOf({ provider }: Pick<StoryDatabase, 'provider'>): Mishap[] {
  return mishapNames.filter((name) => MISHAPS[name].at !== 'database' || provider !== 'sqlite');
}

interface Mischief {
  readonly at: 'server' | 'network' | 'database';
  readonly happens: (stage: ChaosStage, awayMs: number) => Promise<unknown>;
}

const MISHAPS = {
  serverKilled: { at: 'server', happens: ({ server }) => server.killAndRestart() },
  serverReplaced: { at: 'server', happens: ({ server }) => server.replace() },
  connectionsReset: { at: 'network', happens: async ({ proxy }) => proxy.cut('reset') },
  connectionsClosed: { at: 'network', happens: async ({ proxy }) => proxy.cut('close') },
  connectionsSlowed: {
    at: 'network',
    happens: async ({ proxy }, awayMs) => {
      proxy.slow({ delayMs: 5, bytesPerSecond: 2_000_000 });
      await delay(awayMs);
      proxy.slow(undefined);
    },
  },
  databaseKilled: {
    at: 'database',
    happens: async ({ database }, awayMs) => database.restart?.({ how: 'killed', awayMs }),
  },
  databaseRestarted: { at: 'database', happens: async ({ database }, awayMs) => database.restart?.({ awayMs }) },
} as const satisfies Readonly<Record<string, Mischief>>;

const mishapNames = Object.keys(MISHAPS) as readonly Mishap[];
