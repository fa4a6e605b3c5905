import { setTimeout as delay } from 'node:timers/promises';
import type { SeededRandom } from '../../src/bench/statistics/seeded-random.js';
import type { StreamBreak, StreamOptions, StreamPosition } from '../../src/client/index.js';
import { abortable } from '../../src/waits/waits.js';
import type { ChaosBook, ChaosClients } from './chaos-stage.js';
import { RowSum } from './row-sum.js';

/** The values of an order; those of an enum come in the order of its texts. */
type OrderedBy = (book: ChaosBook) => number | string;

/** A way to read the table. */
export interface Reading {
  readonly request?: object;
  readonly options: StreamOptions;
  /** What rows come in the order of, before their id; undefined where they come in none. */
  readonly orderedBy?: OrderedBy;
}

const byId = () => 0;

/** Meets every row. */
const FILTER = { filter: { id: { gt: 0 } } };

export const READINGS = {
  batches: { options: {}, orderedBy: byId },
  rows: { options: { messages: 'rows' }, orderedBy: byId },
  filteredBatches: { request: FILTER, options: {}, orderedBy: byId },
  byDate: {
    request: { order: 'BOOK_SORT_ORDER_PUBLISHED_AT_ASC' },
    options: { messages: 'rows' },
    orderedBy: ({ publishedAt }) => publishedAt.getTime(),
  },
  byStatus: { request: { order: 'BOOK_SORT_ORDER_STATUS_ASC' }, options: {}, orderedBy: ({ status }) => status },
  partitions: { options: { partitions: 3 } },
  orderedPartitions: { options: { partitions: 2, ordered: true }, orderedBy: byId },
  filteredRowsOfPartitions: { request: FILTER, options: { messages: 'rows', partitions: 2 } },
} as const satisfies Readonly<Record<string, Reading>>;

export type ReadingName = keyof typeof READINGS;

export const READING_NAMES = Object.keys(READINGS) as ReadingName[];

export interface ConsumeOptions {
  readonly clients: ChaosClients;
  readonly reading: ReadingName;
  /** After how many rows it ends as a program that crashes does, and goes on from what it had saved; undefined for never. */
  readonly crashAt: number | undefined;
  readonly random: SeededRandom;
  /** Rows that it takes before it rests for a moment, and how long that is, about. */
  readonly pace: number;
  readonly restMs: number;
  /** Rows of the table. The last few are not taken before the mischief is over. */
  readonly rows: number;
  readonly mischief: Promise<unknown>;
  readonly signal: AbortSignal;
}

/** What one consumer came to. */
export interface Consumption {
  readonly reading: ReadingName;
  readonly sum: RowSum;
  /** Rows that came before one that belongs before them. */
  readonly misplaced: number;
  /** What ended it before its time. */
  readonly failure?: unknown;
  readonly seconds: number;
  /** The longest that it waited for a row. */
  readonly longestWaitSeconds: number;
  /** Whether it ended in the midst, and went on from what it had saved. */
  readonly crashed: boolean;
  readonly breaks: readonly StreamBreak[];
}

/** Reads the table to its end, with what the client does by itself when a stream breaks, as it is by default. */
export async function consume({ clients, reading, crashAt, signal, ...how }: ConsumeOptions): Promise<Consumption> {
  const { request = {}, options, orderedBy }: Reading = READINGS[reading];
  const sum = new RowSum();
  const breaks: StreamBreak[] = [];
  const startedAt = performance.now();
  let [last, misplaced, longestWaitMs]: [ChaosBook | undefined, number, number] = [undefined, 0, 0];

  async function read(position: StreamPosition | undefined, until: number | undefined): Promise<string> {
    const onProgress: StreamOptions['onProgress'] = ({ broken }) => void (broken && breaks.push(broken));
    const stream = clients.book.stream(request, { ...options, position, signal, onProgress });
    let readyAt = performance.now();
    for await (const book of stream) {
      longestWaitMs = Math.max(longestWaitMs, performance.now() - readyAt);
      sum.add(book);
      if (orderedBy && last && !comesBefore(last, book, orderedBy)) misplaced++;
      last = book;
      if (sum.rows === until) break;
      if (sum.rows % how.pace === 0) await rest();
      readyAt = performance.now();
    }
    return JSON.stringify(stream.position());
  }

  async function rest(): Promise<void> {
    await delay(how.restMs * (0.5 + how.random()), undefined, { signal });
    if (sum.rows >= how.rows - how.pace) await abortable(how.mischief, signal);
  }

  let failure: unknown;
  let crashed = false;
  try {
    const saved = await read(undefined, crashAt);
    crashed = crashAt !== undefined;
    if (crashed) await read(JSON.parse(saved), undefined);
  } catch (error) {
    failure = error;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const longestWaitSeconds = longestWaitMs / 1000;
  return { reading, sum, misplaced, failure, crashed, seconds, longestWaitSeconds, breaks };
}

function comesBefore(a: ChaosBook, b: ChaosBook, orderedBy: OrderedBy): boolean {
  const [first, second] = [orderedBy(a), orderedBy(b)];
  return first < second || (first === second && a.id < b.id);
}
