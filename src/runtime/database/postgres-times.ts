import { timestampToDate } from '../../model/index.js';
import type { SourceBytes } from '../encode/byte-writer.js';
import { omitNull } from '../encode/row-encoder.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import { writeTimestamp } from '../encode/value-encoders.js';
import { longAt, Oid, ofSize, type ValueReader } from './postgres-numbers.js';

/** From 1970 to 2000, where PostgreSQL's times begin. */
const EPOCH_SECONDS = 946_684_800;
const MICROSECONDS = 1_000_000;
const DAY_SECONDS = 86_400;

/** The time that was read last: seconds since 1970, rounded down, and the microseconds after them. */
const time = { seconds: 0, micros: 0 };

function timeReader(read: (from: SourceBytes, at: number, length: number) => void): ValueReader {
  return {
    wireType: 2,
    fieldWriter: ({ number, optional = false }) => {
      const tag = (number << 3) | 2;
      return (writer, from, at, length) => {
        if (length < 0) return omitNull(optional);
        read(from, at, length);
        writer.uint32(tag);
        writeTimestamp(writer, time.seconds, time.micros * 1000);
      };
    },
    isDefault: () => false,
    write: (writer, from, at, length) => {
      read(from, at, length);
      writeTimestamp(writer, time.seconds, time.micros * 1000);
    },
    toClient: (from, at, length) => {
      read(from, at, length);
      return timestampToDate({ seconds: BigInt(time.seconds), nanos: time.micros * 1000 });
    },
  };
}

const readMicroseconds = ofSize(8, microsecondsAt);

const timestamp = timeReader((from, at, length) => {
  readMicroseconds(from, at, length);
  time.seconds += EPOCH_SECONDS;
});

/** On the first day of 1970, as Prisma's client returns it. */
const timeOfDay = timeReader(readMicroseconds);

const date = timeReader(
  ofSize(4, (from, at) => {
    const days = from.view.getInt32(at);
    if (days === 2 ** 31 - 1 || days === -(2 ** 31)) throw infinite();
    time.seconds = days * DAY_SECONDS + EPOCH_SECONDS;
    time.micros = 0;
  }),
);

/** By the types of their columns. */
export const TIMES: Readonly<Record<number, ValueReader>> = {
  [Oid.timestamp]: timestamp,
  [Oid.timestamptz]: timestamp,
  [Oid.date]: date,
  [Oid.time]: timeOfDay,
  [Oid.timetz]: timeReader(() => {
    throw new UnreadableValue(
      'holds a time with a zone, which a Timestamp cannot keep; make it a time or a timestamptz',
    );
  }),
};

function microsecondsAt(from: SourceBytes, at: number): void {
  const high = from.view.getInt32(at);
  const low = from.view.getUint32(at + 4);
  if ((high === 2 ** 31 - 1 && low === 2 ** 32 - 1) || (high === -(2 ** 31) && low === 0)) throw infinite();
  const micros = longAt(from, at);
  if (typeof micros === 'number') {
    time.seconds = Math.floor(micros / MICROSECONDS);
    time.micros = micros - time.seconds * MICROSECONDS;
    return;
  }
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  time.seconds = Number((micros - rest) / 1_000_000n);
  time.micros = Number(rest);
}

function infinite(): UnreadableValue {
  return new UnreadableValue("holds PostgreSQL's infinity, which a Timestamp cannot hold");
}
