import type { StreamingSettings } from '../../config/index.js';
import { abortable, inTime } from '../../waits/index.js';
import type { Chunk } from '../encode/chunk.js';
import type { StreamRecorder } from '../metrics/stream-recorder.js';
import type { ChunkRequest, Source } from '../rows/chunk-source.js';
import { StreamStopped } from '../status/stream-stopped.js';
import type { ChunkSizer } from './chunk-sizer.js';
import type { StreamLife } from './stream-life.js';

export interface ChunkStreamOptions<C> {
  readonly source: Source<C>;
  /** Says how many rows a query asks for, and hears when they have come. */
  readonly sizer: Pick<ChunkSizer, 'next' | 'arrived'>;
  readonly settings: Pick<StreamingSettings, 'readahead' | 'yieldTimeout'>;
  readonly life: StreamLife;
  readonly recorder: StreamRecorder;
}

/** The chunks of a stream. */
export interface ChunkStream<C> {
  /** The next chunk, or undefined at the end. @throws StreamStopped as soon as the stream is stopped, also while the database is busy. */
  next(): Promise<C | undefined>;
  /**
   * Waits for the query that is in flight, if any; no other one starts. Waits at most for the yield timeout: otherwise the end of a stream on
   * a database that hangs would never be reported.
   */
  close(): Promise<void>;
}

/** Reads a source with readahead and measures it. Stops waiting as soon as the stream is stopped. */
export function openChunks<C extends ReadChunk>({
  source,
  sizer,
  settings,
  life,
  recorder,
}: ChunkStreamOptions<C>): ChunkStream<C> {
  const request: ChunkRequest = {
    signal: life.signal,
    onRetry: (error) => recorder.queryRetried(error),
    get chunkSize() {
      return sizer.next();
    },
  };
  const chunks = readAhead(
    counted(() => source(request), { sizer, recorder, life }),
    settings.readahead,
  );
  const nextReady = async () => {
    const result = await chunks.next();
    if (!result.done) await result.value.ready;
    return result;
  };
  return {
    async next() {
      life.moved('database');
      const { done, value } = await recorder.timeDatabase(abortable(nextReady(), life.signal));
      life.moved('consumer');
      return done ? undefined : value;
    },
    async close() {
      const stalled = life.signal.reason instanceof StreamStopped && life.signal.reason.stop === 'database-stalled';
      await inTime(chunks.return(), stalled ? 0 : settings.yieldTimeout * 1000);
    },
  };
}

/** What the reading of chunks needs to know of one. */
type ReadChunk = Pick<Chunk, 'length' | 'bytesRead' | 'ready'>;

/** Whether the query for the next chunk is sent before this one is encoded: the size of its rows is known, and its database is elsewhere. */
export function isAskedAtOnce({ bytesRead }: Pick<Chunk, 'bytesRead'>): boolean {
  return bytesRead !== undefined;
}

/** Opens the source with the first read: an error of the source is then a failure of the stream, not of its caller. */
async function* counted<C extends ReadChunk>(
  open: () => AsyncIterable<C>,
  { sizer, recorder, life }: Pick<ChunkStreamOptions<C>, 'sizer' | 'recorder' | 'life'>,
): AsyncGenerator<C> {
  recorder.queryStarted();
  for await (const chunk of open()) {
    sizer.arrived(chunk.length, chunk.bytesRead);
    recorder.queryEnded(chunk.length);
    yield chunk;
    // Otherwise, a driver that reads in this thread would fetch the next chunk before this one is written, and rows that nobody has weighed
    // would not count for the size of the next chunk.
    if (!isAskedAtOnce(chunk)) await life.turn();
    recorder.queryStarted();
  }
}

/**
 * Reads up to `count` items ahead of the consumer, so that the database works while rows are written. `return()` waits for the read that is
 * in flight, so that afterwards nothing of the source is running.
 */
export function readAhead<T>(
  source: AsyncIterable<T>,
  count: number,
): AsyncIterableIterator<T> & { return(): Promise<IteratorResult<T>> } {
  const iterator = source[Symbol.asyncIterator]();
  const inFlight: Promise<IteratorResult<T>>[] = [];
  let ended = false;

  const fetchOne = () => {
    const result = iterator.next();
    // The consumer gets the rejection when it takes the item; until then it must not count as unhandled.
    result.catch(() => {});
    inFlight.push(result);
  };

  return {
    async next() {
      if (ended) return { done: true, value: undefined };
      while (inFlight.length <= count) fetchOne();
      const result = await (inFlight.shift() as Promise<IteratorResult<T>>);
      if (result.done) ended = true;
      return result;
    },
    async return() {
      ended = true;
      await Promise.allSettled(inFlight);
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
