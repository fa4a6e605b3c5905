import type { StreamingSettings } from '../../config/index.js';
import type { StreamShare } from './stream-memory.js';

/** The size of the first rows is not known: so few that even rows of a megabyte are harmless, and that the first row is sent early. */
const FIRST_CHUNK_ROWS = 4;

/** The next rows may be larger: a chunk has at most this many times the rows of the last. */
const GROWTH = 16;

export interface ChunkSizerOptions {
  readonly settings: Pick<StreamingSettings, 'chunkSize' | 'maxChunkBytes' | 'readahead'>;
  readonly share: Pick<StreamShare, 'chunkBytes'>;
}

/**
 * Chooses the number of rows of the next chunk: as many as the settings allow, but not more than `maxChunkBytes` and the stream's share of
 * the memory, estimated from the size of the last rows on the wire. So a table of large rows is read in small chunks without any setting,
 * and so is every table while many streams run, and for a client that takes no rows.
 */
export class ChunkSizer {
  private readonly options: ChunkSizerOptions;
  private last = 0;
  private bytesPerRow = 0;

  constructor(options: ChunkSizerOptions) {
    this.options = options;
  }

  /** The number of rows of the next query. */
  next(): number {
    const { settings, share } = this.options;
    const grown = this.last === 0 ? FIRST_CHUNK_ROWS : this.last * GROWTH;
    const bytes = Math.min(settings.maxChunkBytes, share.chunkBytes);
    const fitting = this.bytesPerRow === 0 ? settings.chunkSize : Math.floor(bytes / this.bytesPerRow);
    this.last = Math.max(1, Math.min(settings.chunkSize, grown, fitting));
    return this.last;
  }

  /** The bytes on the wire of the chunks that the stream holds, at most. */
  get rowBytes(): number {
    return this.last * this.bytesPerRow * (this.options.settings.readahead + 1);
  }

  /** Records the size of rows that were just encoded. */
  weigh(rows: number, bytes: number): void {
    if (rows > 0) this.bytesPerRow = bytes / rows;
  }
}
