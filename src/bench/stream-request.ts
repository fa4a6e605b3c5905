import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import type { BenchSetting } from '../model/index.js';

/** Field numbers that every generated stream request shares; those under 10 are the same in both requests. */
const LIMIT = 4;
const CHUNK_SIZE = 8;
const CHECK_INTERVAL = 9;
const BATCH_SIZE = 10;

/** The bytes of a request that asks for one setting; only a limit that was given is written. */
export function encodeStreamRequest(
  { chunk, checkInterval, batchRows }: BenchSetting,
  { limit }: { readonly limit: number | null },
): Buffer {
  const writer = new BinaryWriter();
  if (limit !== null) writer.tag(LIMIT, VARINT).int64(limit);
  writer.tag(CHUNK_SIZE, VARINT).int32(chunk);
  writer.tag(CHECK_INTERVAL, VARINT).int32(checkInterval);
  if (batchRows !== null) writer.tag(BATCH_SIZE, VARINT).int32(batchRows);
  return Buffer.from(writer.finish());
}

/** Protobuf's wire type of a number. */
const VARINT = 0;

/** Reads from a request what every way of streaming must heed. */
export function decodeStreamRequest(request: Uint8Array): { readonly chunk: number; readonly limit: number } {
  const reader = new BinaryReader(request);
  let chunk = DEFAULT_CHUNK;
  let limit = Number.POSITIVE_INFINITY;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === CHUNK_SIZE) chunk = reader.int32();
    else if (field === LIMIT) limit = Number(reader.int64());
    else reader.skip(wireType, field);
  }
  return { chunk, limit };
}

/** For a request that leaves it to the server. */
const DEFAULT_CHUNK = 1000;
