import { type Field, pascalCase, type ScalarType, type StreamModel, snakeCase } from '../../model/index.js';
import type { ModelNames } from '../names/names.js';
import type { ProtoField, ProtoMessage, Reserved } from './proto-file.js';
import { enumFilterName } from './shared-file.js';

/** Far from the columns, whose numbers are those of the row: the greatest that protobuf has. */
const COMBINATIONS = [
  { name: 'and', number: 536_870_909, label: 'repeated', comment: 'All of these hold.' },
  { name: 'or', number: 536_870_910, label: 'repeated', comment: 'At least one of these holds.' },
  { name: 'not', number: 536_870_911, label: 'optional', comment: 'This does not hold.' },
] as const;

/**
 * The message that says which rows of a model to send: one member a column, under the number that the column has in the row. Lists,
 * JSON, and columns of types that only one database has cannot be asked for; nor can a column named `and`, `or` or `not`.
 */
export function filterMessage(
  { fields }: StreamModel,
  names: ModelNames,
  numbers: ReadonlyMap<string, number>,
  reserved: Reserved,
): ProtoMessage {
  const columns = fields.flatMap((field) => columnFilter(field, numbers.get(field.name) ?? 0));
  const combinations = COMBINATIONS.map((combination): ProtoField => {
    return { ...combination, type: names.filter, kind: 'message' };
  });
  return {
    name: names.filter,
    comment: `Which rows of ${names.message} to send: everything that is set must hold.`,
    fields: [...columns, ...combinations],
    reserved,
  };
}

function columnFilter(field: Field, number: number): ProtoField[] {
  const type = filterTypeOf(field);
  const name = snakeCase(field.name);
  if (type === undefined || COMBINATIONS.some((taken) => taken.name === name || taken.number === number)) return [];
  return [{ name, number, type, kind: 'message', label: 'optional', comment: '' }];
}

const FILTERS: Readonly<Partial<Record<ScalarType, string>>> = {
  String: 'StringFilter',
  Boolean: 'BoolFilter',
  Int: 'Int32Filter',
  BigInt: 'Int64Filter',
  Float: 'DoubleFilter',
  Decimal: 'DecimalFilter',
  DateTime: 'TimestampFilter',
  Bytes: 'BytesFilter',
};

/** Stored in a form that a value of Prisma's type is not compared with as one would think, or not at all. */
const UNCOMPARABLE_NATIVES = /^(Inet|Bit|VarBit|Xml|Citext|Money|SmallMoney|Time|Timetz|Year|Oid|UniqueIdentifier)\b/;

function filterTypeOf({ type, list, nativeType = '' }: Field): string | undefined {
  if (list || UNCOMPARABLE_NATIVES.test(nativeType)) return undefined;
  return type.kind === 'enum' ? enumFilterName(pascalCase(type.enum)) : FILTERS[type.scalar];
}
