import { randomInteger, seededRandom } from '../../src/bench/statistics/seeded-random.js';
import type { StoryDatabase } from '../support/databases.js';
import { type ChaosFigures, chaosFigures } from './chaos-figures.js';
import { type ChaosStage, openStage } from './chaos-stage.js';
import { type Consumption, consume, READING_NAMES } from './consume.js';
import { settledConnections, sumOfTable } from './database-facts.js';
import { type Mishap, makeMischief } from './mischief.js';

export interface ChaosOptions {
  readonly database: StoryDatabase;
  readonly consumers: number;
  /** Rows of the table, which every consumer reads whole. */
  readonly rows: number;
  /** What goes wrong. */
  readonly kinds: readonly Mishap[];
  /** The same gives the same mishaps in the same order. */
  readonly seed: number;
  /** How many mishaps there are, how often, and how long each lasts at most: {@link makeMischief}. */
  readonly mishaps: number;
  readonly everyMs: number;
  readonly awayMs: number;
  /** Rows that a consumer takes before it rests for a moment, and how long that is, about. */
  readonly pace: number;
  readonly restMs: number;
  /** Who has not ended by then is stuck. */
  readonly patienceMs: number;
}

/** A consumer in so many ends in the midst, as a program that crashes does. */
const CRASHES_EVERY = 5;

/** Reads a table many times over while whatever can break does, and compares every reader's rows with the table's. */
export async function runChaos(options: ChaosOptions): Promise<ChaosFigures> {
  const spoilt = new AbortController();
  const stage = await openStage({ ...options, onDeath: (error) => spoilt.abort(error) });
  try {
    const expected = await sumOfTable(stage.database.adapter);
    const signal = AbortSignal.any([spoilt.signal, AbortSignal.timeout(options.patienceMs)]);
    const mischief = makeMischief({ ...options, stage, random: seededRandom(options.seed), signal });
    mischief.catch((error: unknown) => spoilt.abort(error));
    const consumptions = await Promise.all(consumersOf(stage, options, mischief, signal));
    spoilt.signal.throwIfAborted();
    const connections = await settledConnections(stage);
    const { told } = stage.server;
    return chaosFigures({ expected, consumptions, mishaps: await mischief, connections, told });
  } finally {
    spoilt.abort();
    await stage.close();
  }
}

/** None of them ends before all has gone wrong that will, so that no run is without it. */
function consumersOf(
  { clients }: ChaosStage,
  { consumers, seed, ...options }: ChaosOptions,
  mischief: Promise<unknown>,
  signal: AbortSignal,
): Promise<Consumption>[] {
  return Array.from({ length: consumers }, (_, index) => {
    const random = seededRandom(seed + index + 1);
    const reading = READING_NAMES[index % READING_NAMES.length] ?? 'batches';
    const crashAt = index % CRASHES_EVERY === 0 ? randomInteger(random, 1, options.rows) : undefined;
    return consume({ ...options, clients, reading, crashAt, random, mischief, signal });
  });
}
