import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { WireType, wireNumbers } from '../../model/index.js';

/** The bytes of a request for so many parts of the whole table. */
export function encodePartitionRequest(count: number): Buffer {
  return Buffer.from(new BinaryWriter().tag(wireNumbers.partitionRequest.count, WireType.varint).int32(count).finish());
}

/** The parts, each as the bytes that a stream's request takes. */
export function decodePartitions(response: Uint8Array): readonly Uint8Array[] {
  const reader = new BinaryReader(response);
  const parts: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wireNumbers.partitionResponse.partitions) parts.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return parts;
}
