import { type EnumModel, type Field, type ScalarType, type StreamModel, wireNumbers } from '../../model/index.js';
import { enumNamesOf, enumValueName, fieldNameOf, type ModelNames } from '../names/names.js';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, Reserved } from './proto-file.js';

/** The combinations have the greatest numbers of protobuf, far from the columns, which have the numbers of the row. */
const COMBINATIONS = [
  { name: 'and', number: 536_870_909, label: 'repeated', comment: 'All of these hold.' },
  { name: 'or', number: 536_870_910, label: 'repeated', comment: 'At least one of these holds.' },
  { name: 'not', number: 536_870_911, label: 'optional', comment: 'This does not hold.' },
] as const;

/**
 * The message that selects rows of a model: one member per column, with the number that the column has in the row. Lists, JSON and types
 * that only one database has cannot be filtered, nor can a column named `and`, `or` or `not`.
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

/** Whether requests can filter by a field. */
export function isFilterField(field: Field): boolean {
  return columnFilter(field, 0).length > 0;
}

function columnFilter(field: Field, number: number): ProtoField[] {
  const type = filterTypeOf(field);
  const name = fieldNameOf(field);
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

/** The database stores these in a form that compares differently from Prisma's type, or not at all. */
const UNCOMPARABLE_NATIVES = /^(Inet|Bit|VarBit|Xml|Citext|Money|SmallMoney|Time|Timetz|Year|Oid|UniqueIdentifier)\b/;

function filterTypeOf({ type, list, nativeType = '' }: Field): string | undefined {
  if (list || UNCOMPARABLE_NATIVES.test(nativeType)) return undefined;
  return type.kind === 'enum' ? enumNamesOf({ name: type.enum, api: type.api }).filter : FILTERS[type.scalar];
}

/** The conditions on a column of an enum type; they are in the file of the enums. */
export function enumFilter(model: EnumModel): ProtoMessage {
  const { type, filter } = enumNamesOf(model);
  return conditions(filter, `Conditions on a value of ${type}`, type, 'enum', EQUALITY);
}

type Member = 'equals' | 'in' | 'lt' | 'lte' | 'gt' | 'gte' | 'contains' | 'starts_with';

/** A member has the same number in every filter. */
const NUMBERS = { equals: 1, in: 2, lt: 3, lte: 4, gt: 5, gte: 6, contains: 7, starts_with: 8, is_null: 9 } as const;

const EQUALITY: readonly Member[] = ['equals', 'in'];
const ORDERED: readonly Member[] = [...EQUALITY, 'lt', 'lte', 'gt', 'gte'];
const TEXT: readonly Member[] = [...ORDERED, 'contains', 'starts_with'];

const COMMENTS: Readonly<Partial<Record<Member, string>>> = {
  in: 'One of these; an empty list counts as unset.',
  contains: "Case sensitivity follows the database's own LIKE.",
};

function conditions(
  name: string,
  subject: string,
  type: string,
  kind: ProtoField['kind'],
  members: readonly Member[],
): ProtoMessage {
  const fields = members.map((member): ProtoField => {
    const label = member === 'in' ? 'repeated' : 'optional';
    return { name: member, number: NUMBERS[member], type, kind, label, comment: COMMENTS[member] ?? '' };
  });
  const isNull: ProtoField = {
    name: 'is_null',
    number: NUMBERS.is_null,
    type: 'bool',
    kind: 'scalar',
    label: 'optional',
    comment: 'True matches only null, false only values.',
  };
  return {
    name,
    comment: `${subject}: all that are set must hold. Only \`is_null\` matches null; the other conditions do not, even within \`not\`.`,
    fields: [...fields, isNull],
    reserved: { numbers: [], names: [] },
  };
}

/** The enum's name. */
export const CONSISTENCY = 'Consistency';

/** The file that all services of a package share: the filters of the scalar types, and the enum Consistency. */
export function sharedFile(packageName: string, path: string): ProtoFile {
  return {
    path,
    package: packageName,
    imports: ['google/protobuf/timestamp.proto'],
    services: [],
    messages: SHARED_FILTERS,
    enums: [CONSISTENCY_ENUM],
  };
}

const SHARED_FILTERS: readonly ProtoMessage[] = [
  conditions('StringFilter', 'Conditions on a text', 'string', 'scalar', TEXT),
  conditions('Int32Filter', 'Conditions on an integer', 'int32', 'scalar', ORDERED),
  conditions('Int64Filter', 'Conditions on an integer of 64 bits', 'int64', 'scalar', ORDERED),
  conditions('DoubleFilter', 'Conditions on a floating-point number', 'double', 'scalar', ORDERED),
  conditions('DecimalFilter', 'Conditions on a decimal, as plain text such as `-12.50`', 'string', 'scalar', ORDERED),
  conditions('BoolFilter', 'Conditions on a boolean', 'bool', 'scalar', ['equals']),
  conditions('BytesFilter', 'Conditions on bytes', 'bytes', 'scalar', EQUALITY),
  conditions('TimestampFilter', 'Conditions on a time', 'google.protobuf.Timestamp', 'message', ORDERED),
];

const CONSISTENCY_ENUM: ProtoEnum = {
  name: CONSISTENCY,
  comment: [
    'Which state of the table a stream reads while rows change.',
    'CHUNKED reads each chunk as the table is at that moment, and holds nothing between chunks. SNAPSHOT reads every row as it was when',
    'the stream began, and holds a transaction for as long as the stream runs. UNSPECIFIED leaves the choice to the server.',
  ].join('\n'),
  values: Object.entries(wireNumbers.consistency).map(([value, number]) => ({
    name: enumValueName(CONSISTENCY, value.toUpperCase()),
    number,
  })),
  reserved: { numbers: [], names: [] },
};

/** The names of the shared file, which the models of a package cannot have. */
export const SHARED_NAMES: readonly string[] = [...SHARED_FILTERS.map(({ name }) => name), CONSISTENCY];
