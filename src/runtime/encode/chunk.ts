import type { ByteWriter } from './byte-writer.js';
import type { OnUnreadable, RowEncoder } from './row-encoder.js';

/** The rows of one round trip to the database, ready to be encoded one by one. */
export interface Chunk {
  readonly length: number;
  /** How many bytes the database sent for the rows, where that is known before they are encoded. */
  readonly bytesRead?: number | undefined;
  /** Writes the fields of a row's message, without a frame or a length around them. @throws UnreadableValue */
  encodeRow(writer: ByteWriter, index: number, onUnreadable?: OnUnreadable): void;
  /**
   * Wait for it before you encode a row; undefined when the rows can be encoded at once. A thread tells the length and the last row of a chunk
   * while it still encodes the rows.
   */
  readonly ready?: Promise<void> | undefined;
  /** Names a row in the log, by the values of its key. */
  nameOf?(index: number): string;
  /** Frees the memory of the rows after all are encoded. */
  release?(): void;
}

/** A chunk of rows that are objects in memory. */
export function chunkOf<R>(rows: readonly R[], encode: RowEncoder<R>, nameOf?: (row: R) => string): Chunk {
  return {
    length: rows.length,
    encodeRow: (writer, index, onUnreadable) => encode(writer, rows[index] as R, onUnreadable),
    ...(nameOf ? { nameOf: (index: number) => nameOf(rows[index] as R) } : {}),
  };
}
