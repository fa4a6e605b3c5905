import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { WireType, wireNumbers } from '../../model/index.js';
import type { BenchSetting } from '../../results/index.js';

const { streamRequest, consistency } = wireNumbers;

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
  if (limit !== null) writer.tag(streamRequest.limit, WireType.varint).int64(limit);
  if (partition !== undefined) writer.tag(streamRequest.partition, WireType.bytes).bytes(partition);
  if (load.consistency === 'snapshot')
    writer.tag(streamRequest.consistency, WireType.varint).int32(consistency.snapshot);
  writer.tag(streamRequest.chunkSize, WireType.varint).int32(chunk);
  writer.tag(streamRequest.checkInterval, WireType.varint).int32(checkInterval);
  if (batchRows !== null) writer.tag(streamRequest.batchSize, WireType.varint).int32(batchRows);
  return Buffer.from(writer.finish());
}

/** Reads from a request what every way of streaming must heed. */
export function decodeStreamRequest(request: Uint8Array): { readonly chunk: number; readonly limit: number } {
  const reader = new BinaryReader(request);
  let chunk = DEFAULT_CHUNK;
  let limit = Number.POSITIVE_INFINITY;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === streamRequest.chunkSize) chunk = reader.int32();
    else if (field === streamRequest.limit) limit = Number(reader.int64());
    else reader.skip(wireType, field);
  }
  return { chunk, limit };
}

/** For a request that leaves it to the server. */
const DEFAULT_CHUNK = 1000;
