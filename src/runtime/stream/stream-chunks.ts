import type { StreamingSettings } from '../../config/index.js';
import { abortable, inTime } from '../../waits/index.js';
import type { StreamRecorder } from '../metrics/recorder-types.js';
import type { ChunkRequest, ChunkSource } from '../rows/chunk-source.js';
import { StreamStopped } from '../status/stream-stopped.js';
import { nextTurn } from './next-turn.js';
import { readAhead } from './read-ahead.js';
import type { StreamLife } from './stream-life.js';

export interface ChunkStreamOptions<T> {
  readonly source: ChunkSource<T>;
  /** Read before every query. */
  readonly chunkSize: () => number;
  readonly settings: Pick<StreamingSettings, 'readahead' | 'yieldTimeout'>;
  readonly life: StreamLife;
  readonly recorder: StreamRecorder;
  /** Told of every query that is asked again. */
  readonly onRetry: (error: unknown) => void;
}

/** The chunks of a stream. */
export interface ChunkStream<T> {
  /** The next chunk, or undefined at the end. @throws StreamStopped as soon as the stream is stopped, whatever the database does. */
  next(): Promise<readonly T[] | undefined>;
  /**
   * Waits for the query that is in flight, if any; after it none will start. A database that hangs is not waited for longer than the
   * yield timeout: the stream's end would never be told.
   */
  close(): Promise<void>;
}

/** Reads a source with readahead, measured, and given up on the moment that the stream is stopped. */
export function openChunks<T>({ source, settings, life, recorder, ...options }: ChunkStreamOptions<T>): ChunkStream<T> {
  const request: ChunkRequest = {
    signal: life.signal,
    onRetry: options.onRetry,
    get chunkSize() {
      return options.chunkSize();
    },
  };
  const chunks = readAhead(
    counted(() => source(request), recorder, life.signal),
    settings.readahead,
  );
  return {
    async next() {
      life.moved('database');
      const { done, value } = await recorder.timeDatabase(abortable(chunks.next(), life.signal));
      life.moved('consumer');
      return done ? undefined : value;
    },
    async close() {
      const stalled = life.signal.reason instanceof StreamStopped && life.signal.reason.stop === 'database-stalled';
      await inTime(chunks.return(), stalled ? 0 : settings.yieldTimeout * 1000);
    },
  };
}

/** Opens the source when the first chunk is asked for: what it throws then is a failure of the stream, not of its caller. */
async function* counted<T>(
  open: () => AsyncIterable<readonly T[]>,
  recorder: StreamRecorder,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  recorder.queryStarted();
  for await (const chunk of open()) {
    recorder.queryEnded(chunk.length);
    yield chunk;
    // A driver that reads in this very thread would otherwise fetch the next chunk before this one is written.
    await nextTurn(signal);
    recorder.queryStarted();
  }
}
