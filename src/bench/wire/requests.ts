import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import type { BenchSetting } from '../../results/index.js';

/** Field numbers that every generated stream request shares; those under 10 are the same in both requests. */
const LIMIT = 4;
const PARTITION = 6;
const CONSISTENCY = 7;
const CHUNK_SIZE = 8;
const CHECK_INTERVAL = 9;
const BATCH_SIZE = 10;

/** `CONSISTENCY_SNAPSHOT`; chunked is what a server does unasked. */
const SNAPSHOT = 2;

/** Protobuf's wire types of a number and of a message. */
const VARINT = 0;
const BYTES = 2;

/** Which rows are asked for. */
export interface StreamRange {
  /** Most rows; null for all. */
  readonly limit: number | null;
  /** A part of the table, as the server gave it. */
  readonly partition?: Uint8Array;
}

/** The bytes of a request that asks for one setting; only what was given is written. */
export function encodeStreamRequest(setting: BenchSetting, { limit, partition }: StreamRange): Buffer {
  const { chunk, checkInterval, batchRows, load } = setting;
  const writer = new BinaryWriter();
  if (limit !== null) writer.tag(LIMIT, VARINT).int64(limit);
  if (partition !== undefined) writer.tag(PARTITION, BYTES).bytes(partition);
  if (load.consistency === 'snapshot') writer.tag(CONSISTENCY, VARINT).int32(SNAPSHOT);
  writer.tag(CHUNK_SIZE, VARINT).int32(chunk);
  writer.tag(CHECK_INTERVAL, VARINT).int32(checkInterval);
  if (batchRows !== null) writer.tag(BATCH_SIZE, VARINT).int32(batchRows);
  return Buffer.from(writer.finish());
}

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
