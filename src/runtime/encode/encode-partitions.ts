import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** Field numbers of the response and of a partition, the same for every model. */
const PARTITIONS = 1;
const AFTER = 1;
const UP_TO = 2;
/** Protobuf's wire type of a message. */
const LENGTH_DELIMITED = 2;

/**
 * Encodes the response that names the parts of a table: one more than there are bounds. The first has no beginning and the last no
 * end, so that rows which come before or behind all others later on belong to a part as well.
 *
 * @param bounds Encoded keys.
 */
export function encodePartitions(bounds: readonly Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter();
  for (let part = 0; part <= bounds.length; part++) {
    writer.tag(PARTITIONS, LENGTH_DELIMITED).fork();
    const [after, upTo] = [bounds[part - 1], bounds[part]];
    if (after) writer.tag(AFTER, LENGTH_DELIMITED).bytes(after);
    if (upTo) writer.tag(UP_TO, LENGTH_DELIMITED).bytes(upTo);
    writer.join();
  }
  return writer.finish();
}
