import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';

/** Field numbers of every generated request for partitions and of its response. */
const COUNT = 1;
const PARTITIONS = 1;

/** Protobuf's wire type of a number. */
const VARINT = 0;

/** The bytes of a request for so many parts of the whole table. */
export function encodePartitionRequest(count: number): Buffer {
  return Buffer.from(new BinaryWriter().tag(COUNT, VARINT).int32(count).finish());
}

/** The parts, each as the bytes that a stream's request takes. */
export function decodePartitions(response: Uint8Array): readonly Uint8Array[] {
  const reader = new BinaryReader(response);
  const parts: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === PARTITIONS) parts.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return parts;
}
