import type { StreamingSettings } from '../../config/index.js';
import { AutoChunk, type AutoChunkOptions } from './auto-chunk.js';
import type { StreamShare } from './stream-memory.js';

/** The size of the first rows is not known: so few that even rows of a megabyte are harmless, and that the first row is sent early. */
const FIRST_CHUNK_ROWS = 4;

/** The next rows may be larger: a chunk has at most this many times the rows of the last. */
const GROWTH = 16;

/** A chunk that is found by measuring has at least this part of the rows of the last: a single pause of the client is no pace. */
const SHRINKING = 1 / 4;

export interface ChunkSizerOptions extends AutoChunkOptions {
  readonly settings: Pick<StreamingSettings, 'chunkSize' | 'maxChunkSize' | 'maxChunkBytes' | 'readahead'>;
  readonly share: Pick<StreamShare, 'chunkBytes'>;
}

/**
 * Chooses the number of rows of the next chunk: as many as the settings allow, or as a stream finds for itself with `chunkSize: 'auto'`, but
 * not more than `maxChunkBytes` and the stream's share of the memory, estimated from the size of the last rows on the wire. So a table of
 * large rows is read in small chunks without any setting, and so is every table while many streams run, and for a client that takes no rows.
 */
export class ChunkSizer {
  private readonly options: ChunkSizerOptions;
  private readonly auto: AutoChunk | undefined;
  /** The present query's number of rows; undefined between two queries. */
  private asked: number | undefined;
  private last = 0;
  private bytesPerRow = 0;

  constructor(options: ChunkSizerOptions) {
    this.options = options;
    this.auto = options.settings.chunkSize === 'auto' ? new AutoChunk(options) : undefined;
  }

  /** The number of rows of the next query: the same until its rows have come. */
  next(): number {
    this.asked ??= this.choose();
    return this.asked;
  }

  /**
   * Called when the rows of a query have come.
   *
   * @param bytes What the database sent for them, where that is known: otherwise they are weighed as they are encoded.
   */
  arrived(rows: number, bytes?: number): void {
    this.auto?.queryEnded(rows);
    this.asked = undefined;
    if (bytes !== undefined && rows > 0) this.bytesPerRow = bytes / rows;
  }

  /** The rows of a chunk, as they were chosen last; 0 before the first. */
  get chunkSize(): number {
    return this.last;
  }

  /** The bytes on the wire of the chunks that the stream holds, at most. */
  get rowBytes(): number {
    return this.last * this.bytesPerRow * (this.options.settings.readahead + 1);
  }

  /** Records the size of rows that were just encoded. */
  weigh(rows: number, bytes: number): void {
    this.auto?.rowsSent(rows);
    if (rows > 0) this.bytesPerRow = bytes / rows;
  }

  private choose(): number {
    const { settings, share } = this.options;
    this.auto?.queryStarts();
    const grown = this.last === 0 ? FIRST_CHUNK_ROWS : this.last * GROWTH;
    const bytes = Math.min(settings.maxChunkBytes, share.chunkBytes);
    const fitting = this.bytesPerRow === 0 ? Number.POSITIVE_INFINITY : Math.floor(bytes / this.bytesPerRow);
    this.last = Math.max(1, Math.min(this.wanted(), grown, fitting));
    return this.auto ? this.auto.asked(this.last) : this.last;
  }

  private wanted(): number {
    const { chunkSize, maxChunkSize } = this.options.settings;
    if (chunkSize !== 'auto') return chunkSize;
    const found = this.auto?.wanted(this.bytesPerRow) ?? maxChunkSize;
    return Math.min(maxChunkSize, Math.max(found, Math.floor(this.last * SHRINKING)));
  }
}
