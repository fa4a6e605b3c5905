import { BinaryReader } from '@bufbuild/protobuf/wire';
import { wireNumbers } from '../../model/index.js';
import type { StreamMode } from '../../results/index.js';

/**
 * The rows within one message, each as the bytes it was encoded to, without decoding any: the message itself in a
 * row stream, its repeated field in a batch stream. So both streams of one table have the same checksum.
 */
export function splitRows(message: Uint8Array, mode: StreamMode): readonly Uint8Array[] {
  if (mode === 'rows') return [message];
  const reader = new BinaryReader(message);
  const rows: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wireNumbers.batch.rows) rows.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return rows;
}
