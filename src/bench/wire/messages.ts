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

/** The bytes of a request that asks for one setting; only the fields that were given are written. */
export function encodeStreamRequest(setting: BenchSetting, { limit, partition }: StreamRange): Buffer {
  const { chunk, checkInterval, batchRows, load } = setting;
  const writer = new BinaryWriter();
  if (limit !== null) writer.tag(streamRequest.limit, WireType.varint).int64(limit);
  if (partition !== undefined) writer.tag(streamRequest.partition, WireType.bytes).bytes(partition);
  if (load.consistency === 'snapshot')
    writer.tag(streamRequest.consistency, WireType.varint).int32(consistency.snapshot);
  // A server that is asked for no chunk has its own, which the bench sets to `auto`.
  if (chunk !== 'auto') writer.tag(streamRequest.chunkSize, WireType.varint).int32(chunk);
  writer.tag(streamRequest.checkInterval, WireType.varint).int32(checkInterval);
  if (batchRows !== null) writer.tag(streamRequest.batchSize, WireType.varint).int32(batchRows);
  return Buffer.from(writer.finish());
}

/** The part of a request that every way of streaming follows. */
export interface BaselineRequest {
  /** Rows a round trip. */
  readonly chunk: number;
  /** Most rows; infinite for all. */
  readonly limit: number;
}

/** Reads a request for a handler that is written by hand. */
export function decodeStreamRequest(request: Uint8Array): BaselineRequest {
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

/** The bytes of a request for so many parts of the whole table. */
export function encodePartitionRequest(count: number): Buffer {
  return Buffer.from(new BinaryWriter().tag(wireNumbers.partitionRequest.count, WireType.varint).int32(count).finish());
}

/** The parts, each as the bytes that a stream's request takes. */
export function decodePartitions(response: Uint8Array): readonly Uint8Array[] {
  const reader = new BinaryReader(response);
  const partitions: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wireNumbers.partitionResponse.partitions) partitions.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return partitions;
}

/** CRC-32's polynomial, its bits reversed. */
const POLYNOMIAL = 0xedb88320;

/** One for each bit of a checksum: what it becomes when zero bytes follow. */
type Operator = readonly number[];

/**
 * The CRC-32 of two pieces of data, one after the other, from the CRC-32 of each: the first one's is carried over as many
 * zero bytes as the second is long, in as many steps as that number has bits.
 */
export function combineChecksums(first: number, second: number, secondBytes: number): number {
  let carried = first;
  let operator = squared(squared(squared(oneZeroBit)));
  for (let bytes = secondBytes; bytes > 0; bytes = Math.floor(bytes / 2)) {
    if (bytes % 2 === 1) carried = apply(operator, carried);
    operator = squared(operator);
  }
  return (carried ^ second) >>> 0;
}

const oneZeroBit: Operator = [POLYNOMIAL, ...Array.from({ length: 31 }, (_, bit) => 2 ** bit)];

function apply(operator: Operator, checksum: number): number {
  return operator.reduce((sum, column, bit) => ((checksum >>> bit) & 1 ? sum ^ column : sum), 0) >>> 0;
}

function squared(operator: Operator): Operator {
  return operator.map((column) => apply(operator, column));
}
