import { UsageError } from '../errors/index.js';
import { type JsonKey, type KeyMessage, type KeyTypes, keyFromJson, keyOf, keyToJson } from './key-json.js';

/** Where a stream stands, as a plain value that survives JSON. */
export interface StreamPosition {
  /** Rows delivered so far, over every process that had part in it: a `limit` counts them. */
  readonly rows: number;
  /** The key of the last of them, in protobuf's JSON; absent before the first. */
  readonly after?: JsonKey;
  /** Where each partition stands, when the stream has several. */
  readonly ranges?: readonly RangePosition[];
}

/** Where the stream of one partition stands. */
export interface RangePosition {
  /** The last key of the partition before; absent in the first one. */
  readonly from?: JsonKey;
  /** The last key of the partition; absent in the last one. */
  readonly upTo?: JsonKey;
  /** The key of the last row delivered; absent before the first. */
  readonly after?: JsonKey;
  /** Every row of it was delivered. */
  readonly done?: true;
}

/** A partition, as the server gives it and takes it. */
export interface Partition {
  readonly after?: KeyMessage | null;
  readonly upTo?: KeyMessage | null;
}

/** A part of the table that is read by a stream of its own. */
export interface Range {
  readonly cursor: Cursor<object>;
  /** Undefined where it is the whole table. */
  readonly partition: Partition | undefined;
  done: boolean;
}

/** A range of the key, read from behind `start`. */
export function openRange(types: KeyTypes, start?: KeyMessage, partition?: Partition): Range {
  return { cursor: openCursor(start, types), partition, done: false };
}

/**
 * The ranges that a position speaks of; undefined where it speaks of none.
 *
 * @throws UsageError when it is none of the model's.
 */
export function rangesAt({ ranges }: StreamPosition, types: KeyTypes): Range[] | undefined {
  const key = (json: JsonKey | undefined) => (json === undefined ? undefined : keyFromJson(json, types));
  return ranges?.map(({ from, upTo, after, done = false }) => ({
    ...openRange(types, key(after), { after: key(from) ?? null, upTo: key(upTo) ?? null }),
    done,
  }));
}

/** What {@link rangesAt} reads. */
export function positionOf({ cursor: { after }, partition, done }: Range): RangePosition {
  const { after: from, upTo } = partition ?? {};
  return {
    ...(from ? { from: keyToJson(from) } : {}),
    ...(upTo ? { upTo: keyToJson(upTo) } : {}),
    ...(after ? { after: keyToJson(after) } : {}),
    ...(done ? { done } : {}),
  };
}

/** A position comes from a file or a table of the caller's: it may hold anything. */
export function assertPosition(position: unknown): asserts position is StreamPosition {
  const { rows, after, ranges }: { rows?: unknown; after?: unknown; ranges?: unknown } =
    position instanceof Object ? position : {};
  const isWhole = Number.isSafeInteger(rows) && Number(rows) >= 0;
  const areRanges = ranges === undefined || (Array.isArray(ranges) && ranges.every((each) => each instanceof Object));
  if (isWhole && areRanges && (after === undefined || after instanceof Object)) return;
  throw new UsageError('client.position', `not a position of a stream: ${JSON.stringify(position)}`, {
    nextActions: ['give what `position()` of a stream returned, as it was'],
  });
}

/** Where a read of one range stands. */
export interface Cursor<Row> {
  /** The row delivered last. */
  last: Row | undefined;
  /** The key behind which the rest begins; undefined at the very start. */
  readonly after: KeyMessage | undefined;
}

/** A cursor that begins behind a key. Keys are made when they are asked for: not one a row. */
export function openCursor<Row extends object>(start: KeyMessage | undefined, types: KeyTypes): Cursor<Row> {
  return {
    last: undefined,
    get after() {
      return this.last ? keyOf(this.last, types) : start;
    },
  };
}
