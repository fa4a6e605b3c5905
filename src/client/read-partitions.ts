import { callForPartitions } from './call-service.js';
import { waitForConnection } from './channel.js';
import { type Reading, readRange } from './read-range.js';
import { resumeStream } from './resume-stream.js';
import type { Piece } from './row-stream.js';
import { openRange, type Range } from './stream-position.js';

/** Asks the server for so many ranges of like size. */
export async function splitTable(
  { facts, columns, connection, request, options, meter, mayResume }: Reading,
  count: number,
): Promise<Range[]> {
  const { filter }: { filter?: unknown } = request;
  const answers = resumeStream({
    ...options,
    mayResume,
    async *open(deadline) {
      yield await callForPartitions(facts, connection.channel, { count, filter }, { ...options, deadline });
    },
    connected: () => waitForConnection(connection.channel, options.deadline, options.signal),
    isComplete: () => false,
    onBreak: (broken) => meter.tell(broken),
  });
  for await (const partitions of answers) {
    return partitions.map((partition) => openRange(columns, undefined, partition));
  }
  return [];
}

/** Reads ranges side by side, each over a connection of its own and resuming by itself. */
export async function* readPartitions(
  reading: Reading,
  ranges: readonly Range[],
  ordered: boolean,
): AsyncGenerator<Piece<object>, void, undefined> {
  const { connection, options, left } = reading;
  const ended = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal;
  const open = ranges.filter(({ done }) => !done).map((range) => ({ range, channel: connection.another() }));
  const sources = open.map(({ range, channel }) => readRange(reading, range, channel, signal));
  try {
    for await (const piece of (ordered ? inTurn : asTheyCome)(sources)) {
      // Each range asks for as many rows as are left to all of them.
      if (piece.rows.length >= left()) return yield { ...piece, rows: piece.rows.slice(0, left()) };
      yield piece;
    }
  } finally {
    ended.abort();
    await Promise.allSettled(sources.map((source) => source.return()));
    for (const { channel } of open) channel.close();
  }
}

/**
 * Items of several iterators as they come, one of each at a time: the next is asked for when the last was taken, and none waits behind a
 * faster one. Whoever stops early ends what is still under way in its sources.
 */
export async function* asTheyCome<T>(sources: readonly AsyncIterator<T>[]): AsyncGenerator<T, void, undefined> {
  const pending = new Map(sources.map((source) => [source, next(source)]));
  while (pending.size > 0) {
    const { source, result } = await Promise.race(pending.values());
    // Behind all others in the map, so that the race looks at them first.
    pending.delete(source);
    if (result.done) continue;
    yield result.value;
    pending.set(source, next(source));
  }
}

/** Items of several iterators, one after the other; the first item of each is asked for at once. */
export async function* inTurn<T>(sources: readonly AsyncIterator<T>[]): AsyncGenerator<T, void, undefined> {
  const firsts = sources.map((source) => ({ source, first: next(source) }));
  for (const { source, first } of firsts) {
    for (let { result } = await first; !result.done; result = await source.next()) yield result.value;
  }
}

interface Turn<T> {
  readonly source: AsyncIterator<T>;
  readonly result: IteratorResult<T>;
}

function next<T>(source: AsyncIterator<T>): Promise<Turn<T>> {
  const turn = source.next().then((result) => ({ source, result }));
  // Whoever awaits it is told; when nobody does any more, the stream has ended for another reason.
  turn.catch(() => {});
  return turn;
}
