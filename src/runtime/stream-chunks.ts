import type { StreamingSettings } from '../config/index.js';
import { abortable } from './abortable.js';
import type { ChunkSource } from './chunk-source.js';
import { readAhead } from './read-ahead.js';
import type { StreamLife } from './stream-life.js';
import type { StreamRecorder } from './stream-recorder.js';

export interface ChunkStreamOptions<T> {
  readonly source: ChunkSource<T>;
  readonly settings: Pick<StreamingSettings, 'chunkSize' | 'readahead'>;
  readonly life: StreamLife;
  readonly recorder: StreamRecorder;
}

/** The chunks of a stream. */
export interface ChunkStream<T> {
  /** The next chunk, or undefined at the end. @throws StreamStopped as soon as the stream is stopped, whatever the database does. */
  next(): Promise<readonly T[] | undefined>;
  /** Waits for the query that is in flight, if any; after it none will start. */
  close(): Promise<void>;
}

/** Reads a source with readahead, measured, and given up on the moment that the stream is stopped. */
export function openChunks<T>({ source, settings, life, recorder }: ChunkStreamOptions<T>): ChunkStream<T> {
  const request = { chunkSize: settings.chunkSize, signal: life.signal };
  const chunks = readAhead(counted(source(request), recorder), settings.readahead);
  return {
    async next() {
      life.moved('database');
      const { done, value } = await recorder.timeDatabase(abortable(chunks.next(), life.signal));
      life.moved('consumer');
      return done ? undefined : value;
    },
    async close() {
      await chunks.return();
    },
  };
}

async function* counted<T>(
  chunks: AsyncIterable<readonly T[]>,
  recorder: StreamRecorder,
): AsyncGenerator<readonly T[]> {
  for await (const chunk of chunks) {
    recorder.queryEnded(chunk.length);
    yield chunk;
  }
}
