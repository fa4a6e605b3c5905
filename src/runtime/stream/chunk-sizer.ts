import type { StreamingSettings } from '../../config/index.js';

/** Nothing is known of the first rows: so few that even rows of a megabyte do no harm, and the first of them is out at once. */
const FIRST_CHUNK_ROWS = 4;

/**
 * Bytes on the wire of the chunks of all streams together. Rows in memory take some five times as much: what a process
 * has to spare in a container of 1 GB.
 */
const ALL_CHUNKS_BYTES = 32 * 1024 * 1024;

/** Rows may weigh more than those before them: a chunk is never more than so many times the last. */
const GROWTH = 16;

/**
 * Chooses how many rows the next chunk has: as many as the settings allow, but no more than weigh `maxChunkBytes`, going by what
 * the last rows weighed on the wire. A table of large rows is read in small chunks without anybody having to know, and so is any table
 * while very many streams run.
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
    // A stream that is alone may have all that the settings allow.
    this.maxTotalBytes = Math.max(ALL_CHUNKS_BYTES, maxChunkBytes * this.chunksAtATime);
  }

  /** Rows to ask for in the query that is about to start. */
  next(): number {
    const grown = this.last === 0 ? FIRST_CHUNK_ROWS : this.last * GROWTH;
    const bytes = Math.min(this.maxBytes, fairShare(this.maxTotalBytes) / this.chunksAtATime);
    const fitting = this.bytesPerRow === 0 ? this.most : Math.floor(bytes / this.bytesPerRow);
    this.last = Math.max(1, Math.min(this.most, grown, fitting));
    return this.last;
  }

  /** What rows that were just encoded weigh. */
  weigh(rows: number, bytes: number): void {
    if (rows > 0) this.bytesPerRow = bytes / rows;
  }
}

/**
 * How many streams of this process run, and so what part of its memory is each one's. One stream may hold large chunks; a thousand
 * may not, and need not: what hides the database's round trip for one is idle memory for a thousand.
 */
let running = 0;

/** Counts a stream. @returns Called when it has ended. */
export function joinRunningStreams(): () => void {
  running++;
  return () => void running--;
}

/** What one stream may hold of so many bytes for all. */
export function fairShare(bytes: number): number {
  return bytes / Math.max(1, running);
}
