import { wireNumbers } from '../../model/index.js';
import type { StreamMode } from '../../results/index.js';
import { repeatedBytes } from './requests.js';

/**
 * The rows within one message, each as the bytes it was encoded to, without decoding any: the message itself in a
 * row stream, its repeated field in a batch stream. So both streams of one table have the same checksum.
 */
export function splitRows(message: Uint8Array, mode: StreamMode): readonly Uint8Array[] {
  return mode === 'rows' ? [message] : repeatedBytes(message, wireNumbers.batch.rows);
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
