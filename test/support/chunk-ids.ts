import { BinaryReader } from '@bufbuild/protobuf/wire';
import { ByteWriter } from '../../src/runtime/encode/byte-writer.js';
import type { Chunk } from '../../src/runtime/encode/chunk.js';
import type { Source } from '../../src/runtime/rows/chunk-source.js';

/** What is asked of a source beside the number of rows. */
export interface ReadIds {
  readonly signal?: AbortSignal;
  readonly onRetry?: (error: unknown) => void;
  /** Called behind every chunk, with how many there were. */
  readonly onChunk?: (chunks: number) => Promise<unknown> | undefined;
}

/** The ids of all rows of a source: an integer, and the first field of their message. */
export async function idsOfChunks(
  source: Source<Chunk>,
  chunkSize: number,
  { signal = new AbortController().signal, onRetry = () => {}, onChunk }: ReadIds = {},
): Promise<number[]> {
  const ids: number[] = [];
  let chunks = 0;
  for await (const chunk of source({ chunkSize, signal, onRetry })) {
    await chunk.ready;
    for (let index = 0; index < chunk.length; index++) ids.push(idOf(chunk, index));
    chunk.release?.();
    await onChunk?.(++chunks);
  }
  return ids;
}

function idOf(chunk: Chunk, index: number): number {
  const writer = new ByteWriter();
  chunk.encodeRow(writer, index);
  const reader = new BinaryReader(writer.take());
  // Proto3 leaves the zero out.
  return reader.pos < reader.len && reader.tag()[0] === 1 ? reader.int32() : 0;
}
