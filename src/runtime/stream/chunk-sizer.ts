import type { StreamingSettings } from '../../config/index.js';

/** The size of the first rows is not known: so few that even rows of a megabyte are harmless, and that the first row is sent early. */
const FIRST_CHUNK_ROWS = 4;

/**
 * The most bytes on the wire of the chunks of all streams together. Rows in memory take about five times as much, which fits into a container
 * of 1 GB.
 */
const ALL_CHUNKS_BYTES = 32 * 1024 * 1024;

/** The next rows may be larger: a chunk has at most this many times the rows of the last. */
const GROWTH = 16;

/**
 * Chooses the number of rows of the next chunk: as many as the settings allow, but not more than `maxChunkBytes`, estimated from the size of
 * the last rows on the wire. So a table of large rows is read in small chunks without any setting, and so is every table while many streams
 * run.
 */
export class ChunkSizer {
  private readonly most: number;
  private readonly maxBytes: number;
  private readonly chunksAtATime: number;
  private readonly maxTotalBytes: number;
  private last = 0;
  private bytesPerRow = 0;

  constructor({
    chunkSize,
    maxChunkBytes,
    readahead,
  }: Pick<StreamingSettings, 'chunkSize' | 'maxChunkBytes' | 'readahead'>) {
    this.most = chunkSize;
    this.maxBytes = maxChunkBytes;
    this.chunksAtATime = readahead + 1;
    // A single stream may have as much as the settings allow.
    this.maxTotalBytes = Math.max(ALL_CHUNKS_BYTES, maxChunkBytes * this.chunksAtATime);
  }

  /** The number of rows of the next query. */
  next(): number {
    const grown = this.last === 0 ? FIRST_CHUNK_ROWS : this.last * GROWTH;
    const bytes = Math.min(this.maxBytes, fairShare(this.maxTotalBytes) / this.chunksAtATime);
    const fitting = this.bytesPerRow === 0 ? this.most : Math.floor(bytes / this.bytesPerRow);
    this.last = Math.max(1, Math.min(this.most, grown, fitting));
    return this.last;
  }

  /** Records the size of rows that were just encoded. */
  weigh(rows: number, bytes: number): void {
    if (rows > 0) this.bytesPerRow = bytes / rows;
  }
}

/**
 * Counts the streams of this process, which share its memory. One stream may hold large chunks; a thousand must not, and need not: a chunk
 * that hides the database's round trip for one stream is unused memory for a thousand.
 */
let running = 0;

/** Counts a stream. @returns Called when it has ended. */
export function joinRunningStreams(): () => void {
  running++;
  return () => void running--;
}

/** One stream's share of the bytes for all. */
export function fairShare(bytes: number): number {
  return bytes / Math.max(1, running);
}
