import { crc32 } from 'node:zlib';
import { BenchError } from '../../errors/index.js';
import { WireType, wireNumbers } from '../../model/index.js';
import type { StreamMode } from '../../results/index.js';
import { type MessageBodies, messageReader, type Receiver } from './message-reader.js';

/** Counts the rows of a stream and sums up their bytes. */
export interface RowCounter extends Receiver {
  /** Complete rows. */
  readonly rows: number;
  /** Bytes of the rows themselves, without framing. */
  readonly bytes: number;
  /** CRC-32 over the bytes of every row, in the order received: the same however they were batched. */
  readonly checksum: number;
}

/**
 * Steps over the rows where they arrived: if it collected them, the client would be the limit that is measured.
 *
 * @param mostRows Rows after these are left out. Default: none are.
 */
export function rowCounter(mode: StreamMode, mostRows = Number.POSITIVE_INFINITY): RowCounter {
  const sum = { rows: 0, bytes: 0 };
  const checksum = runningChecksum();
  const row: MessageBodies = {
    take(bytes, from, to) {
      if (sum.rows >= mostRows) return;
      sum.bytes += to - from;
      checksum.take(bytes, from, to);
    },
    end() {
      if (sum.rows < mostRows) sum.rows += 1;
    },
  };
  const reader = messageReader(mode === 'rows' ? row : batchReader(row));
  return {
    take(piece) {
      reader.take(piece);
      checksum.sumUp();
    },
    get isPartial() {
      return reader.isPartial;
    },
    get rows() {
      return sum.rows;
    },
    get bytes() {
      return sum.bytes;
    },
    get checksum() {
      return checksum.value;
    },
  };
}

/** CRC-32 over the bytes of rows. */
interface RunningChecksum {
  /** Of all that was summed up. */
  readonly value: number;
  /** Takes bytes of a row; what lies before them in the same buffer may be overwritten. */
  take(bytes: Buffer, from: number, to: number): void;
  sumUp(): void;
}

/** Moves the rows of a buffer together, over their framing, and sums them up at once: a call for each row costs five times as much. */
function runningChecksum(): RunningChecksum {
  let value = 0;
  let buffer: Buffer | undefined;
  let start = 0;
  let end = 0;
  const sumUp = () => {
    if (buffer) value = crc32(buffer.subarray(start, end), value);
    buffer = undefined;
  };
  return {
    get value() {
      return value;
    },
    take(bytes, from, to) {
      if (bytes !== buffer) {
        sumUp();
        buffer = bytes;
        start = from;
        end = from;
      }
      if (end !== from) bytes.copyWithin(end, from, to);
      end += to - from;
    },
    sumUp,
  };
}

/** What the next varint of a batch is. */
type Varint = 'tag' | 'length' | 'value';

const FIXED_BYTES: Readonly<Record<number, number>> = { [WireType.fixed64]: 8, [WireType.fixed32]: 4 };

/** Finds the rows in batch messages, wherever their pieces begin and end; steps over other fields, as later versions may have them. */
function batchReader(row: MessageBodies): MessageBodies {
  let next: Varint = 'tag';
  let varint = 0;
  let shift = 0;
  let isRow = false;
  /** Of the present field's value. */
  let bytesLeft = 0;

  const takeByte = (byte: number) => {
    varint |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte & 0x80) return;
    const value = varint >>> 0;
    varint = 0;
    shift = 0;
    takeVarint(value);
  };
  const takeVarint = (value: number) => {
    if (next === 'tag') return takeTag(value & 7, value >>> 3);
    if (next === 'length') bytesLeft = value;
    if (next === 'length' && isRow && value === 0) row.end();
    next = 'tag';
  };
  const takeTag = (wireType: number, field: number) => {
    isRow = field === wireNumbers.batch.rows;
    if (wireType === WireType.bytes) next = 'length';
    else if (wireType === WireType.varint && !isRow) next = 'value';
    else if (wireType in FIXED_BYTES && !isRow) bytesLeft = FIXED_BYTES[wireType] ?? 0;
    else throw notABatch();
  };
  const takeValue = (bytes: Buffer, from: number, to: number) => {
    bytesLeft -= to - from;
    if (!isRow) return;
    row.take(bytes, from, to);
    if (bytesLeft === 0) row.end();
  };
  return {
    take(bytes, from, to) {
      let at = from;
      while (at < to) {
        if (bytesLeft === 0) takeByte(bytes[at++] ?? 0);
        else {
          const end = Math.min(to, at + bytesLeft);
          takeValue(bytes, at, end);
          at = end;
        }
      }
    },
    end() {
      if (next !== 'tag' || shift > 0 || bytesLeft > 0) throw notABatch();
    },
  };
}

function notABatch(): BenchError {
  return new BenchError('bench.not_a_batch', 'the server sent a message that is not a batch of rows');
}
