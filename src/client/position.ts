import { UsageError } from '../errors/index.js';
import { type JsonScalar, type ScalarType, scalarFromJson, scalarToJson } from '../model/index.js';

/** The position of a stream, as a plain value that can be stored as JSON. */
export interface StreamPosition {
  /** Rows delivered so far, by all processes that read the stream: a `limit` counts them. */
  readonly rows: number;
  /** The key of the last of them, in protobuf's JSON; absent before the first. */
  readonly after?: JsonKey;
  /** The position of each partition, if the stream has several. */
  readonly ranges?: readonly RangePosition[];
}

/** The position in one partition. */
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

/** A column of the key, or of the order, that a stream's position consists of. */
export interface KeyColumnType {
  readonly type: ScalarType | 'enum';
  /** Whether it may be null, or missing where the order does not use it. The key's own columns never are. */
  readonly optional?: boolean;
}

/** The columns of a model's key message, by property, most significant first. */
export type KeyTypes = Readonly<Record<string, KeyColumnType>>;

/** A key as a request's `after` takes it. */
export type KeyMessage = Readonly<Record<string, unknown>>;

/** A key in protobuf's JSON. */
export type JsonKey = Readonly<Record<string, JsonScalar>>;

/** A partition, as the server returns and accepts it. */
export interface Partition {
  readonly after?: KeyMessage | null;
  readonly upTo?: KeyMessage | null;
}

/** A part of the table that one call reads. */
export interface Range {
  readonly cursor: Cursor<object>;
  /** Undefined for the whole table. */
  readonly partition: Partition | undefined;
  done: boolean;
}

/** How far a range was read. */
export interface Cursor<Row> {
  /** The last row that was delivered. */
  last: Row | undefined;
  /** The key after which the rest begins; undefined at the very start. */
  readonly after: KeyMessage | undefined;
}

/** Makes an unread range that begins after the key `start`. */
export function openRange(types: KeyTypes, start?: KeyMessage, partition?: Partition): Range {
  return { cursor: openCursor(start, types), partition, done: false };
}

/** Makes the key only when it is needed, not for each row. */
function openCursor<Row extends object>(start: KeyMessage | undefined, types: KeyTypes): Cursor<Row> {
  return {
    last: undefined,
    get after() {
      return this.last ? keyOf(this.last, types) : start;
    },
  };
}

function keyOf(row: object, types: KeyTypes): KeyMessage {
  return Object.fromEntries(Object.keys(types).map((property) => [property, Reflect.get(row, property)]));
}

/** The position of a range, which {@link rangesAt} reads. */
export function positionOf({ cursor: { after }, partition, done }: Range): RangePosition {
  const { after: from, upTo } = partition ?? {};
  return {
    ...(from ? { from: keyToJson(from) } : {}),
    ...(upTo ? { upTo: keyToJson(upTo) } : {}),
    ...(after ? { after: keyToJson(after) } : {}),
    ...(done ? { done } : {}),
  };
}

/**
 * The ranges of a position; undefined if it has none.
 *
 * @throws UsageError when it is a position of another model.
 */
export function rangesAt({ ranges }: StreamPosition, types: KeyTypes): Range[] | undefined {
  const key = (json: JsonKey | undefined) => (json === undefined ? undefined : keyFromJson(json, types));
  return ranges?.map(({ from, upTo, after, done = false }) => ({
    ...openRange(types, key(after), { after: key(from) ?? null, upTo: key(upTo) ?? null }),
    done,
  }));
}

/** Checks a position that was stored by the user and may have been changed. */
export function assertPosition(position: unknown): asserts position is StreamPosition {
  const { rows, after, ranges }: { rows?: unknown; after?: unknown; ranges?: unknown } =
    position instanceof Object ? position : {};
  const isWhole = Number.isSafeInteger(rows) && Number(rows) >= 0;
  const areRanges = ranges === undefined || (Array.isArray(ranges) && ranges.every((each) => each instanceof Object));
  if (isWhole && areRanges && (after === undefined || after instanceof Object)) return;
  throw new UsageError('client.position', `not a position of a stream: ${JSON.stringify(position)}`, {
    nextActions: ['pass the value that `position()` of a stream returned, unchanged'],
  });
}

function keyToJson(key: KeyMessage): JsonKey {
  const present = Object.entries(key).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(present.map(([property, value]) => [property, scalarToJson(value)]));
}

/**
 * Reads a key from its JSON.
 *
 * @throws UsageError that names the column that is missing, unknown or of another type.
 */
export function keyFromJson(json: unknown, types: KeyTypes): KeyMessage {
  const given = new Map<string, unknown>(json instanceof Object ? Object.entries(json) : []);
  const entries = Object.entries(types).flatMap(([property, { type, optional }]) => {
    const value = given.get(property);
    given.delete(property);
    if (value === undefined || value === null) {
      if (optional) return [];
      throw wrongKey(types, `it has no \`${property}\``);
    }
    const parsed = scalarFromJson(value, type);
    if (parsed === undefined) throw wrongKey(types, `its \`${property}\` is no ${type}: ${JSON.stringify(value)}`);
    return [[property, parsed]];
  });
  const [unknown] = given.keys();
  if (unknown !== undefined) throw wrongKey(types, `it has \`${unknown}\`, which is no column of the key`);
  return Object.fromEntries(entries);
}

function wrongKey(types: KeyTypes, why: string): UsageError {
  const columns = Object.entries(types).filter(([, { optional }]) => !optional);
  return new UsageError('client.position', `the position does not fit the stream: ${why}`, {
    nextActions: [`give every column of the key: ${columns.map(([property]) => property).join(', ')}`],
  });
}
