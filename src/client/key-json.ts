import { UsageError } from '../errors/index.js';
import { type JsonScalar, type ScalarType, scalarFromJson, scalarToJson } from '../model/index.js';

/** A column that a stream's place in its order is told by. */
export interface KeyColumnType {
  readonly type: ScalarType | 'enum';
  /** Whether it may be null, or left out where the order does not go by it. The key's own columns never are. */
  readonly optional?: boolean;
}

/** The columns of a model's key message, by property, most significant first. */
export type KeyTypes = Readonly<Record<string, KeyColumnType>>;

/** A key as a request's `after` takes it. */
export type KeyMessage = Readonly<Record<string, unknown>>;

/** A key that survives JSON, in protobuf's own mapping. */
export type JsonKey = Readonly<Record<string, JsonScalar>>;

/** The key of a row. */
export function keyOf(row: object, types: KeyTypes): KeyMessage {
  return Object.fromEntries(Object.keys(types).map((property) => [property, Reflect.get(row, property)]));
}

export function keyToJson(key: KeyMessage): JsonKey {
  const present = Object.entries(key).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(present.map(([property, value]) => [property, scalarToJson(value)]));
}

/**
 * Reads a key that came back from JSON.
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
