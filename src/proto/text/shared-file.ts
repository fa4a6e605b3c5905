import { wireNumbers } from '../../model/index.js';
import { enumValueName } from '../names/names.js';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage } from './proto-file.js';

/** Names that every package has beside those of its models. */
export const CONSISTENCY = 'Consistency';

/** The file that every service of a package shares: what a filter says of one column, and how rows may be read. */
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

/** The conditions on a column of an enum's type, in the enums' file. */
export function enumFilter(enumName: string): ProtoMessage {
  return filterMessage(enumFilterName(enumName), `Conditions on a value of ${enumName}`, enumName, 'enum', EQUALITY);
}

export function enumFilterName(enumName: string): string {
  return `${enumName}Filter`;
}

type Member = 'equals' | 'in' | 'lt' | 'lte' | 'gt' | 'gte' | 'contains' | 'starts_with';

/** Members have the same number in every filter. */
const NUMBERS = { equals: 1, in: 2, lt: 3, lte: 4, gt: 5, gte: 6, contains: 7, starts_with: 8, is_null: 9 } as const;

const EQUALITY: readonly Member[] = ['equals', 'in'];
const ORDERED: readonly Member[] = [...EQUALITY, 'lt', 'lte', 'gt', 'gte'];
const TEXT: readonly Member[] = [...ORDERED, 'contains', 'starts_with'];

const COMMENTS: Readonly<Partial<Record<Member, string>>> = {
  in: 'One of these; an empty list says nothing.',
  contains: "Upper and lower case count as in the database's own LIKE.",
};

const SHARED_FILTERS: readonly ProtoMessage[] = [
  filterMessage('StringFilter', 'Conditions on a text', 'string', 'scalar', TEXT),
  filterMessage('Int32Filter', 'Conditions on an integer', 'int32', 'scalar', ORDERED),
  filterMessage('Int64Filter', 'Conditions on an integer of 64 bits', 'int64', 'scalar', ORDERED),
  filterMessage('DoubleFilter', 'Conditions on a floating-point number', 'double', 'scalar', ORDERED),
  filterMessage(
    'DecimalFilter',
    'Conditions on a decimal, as plain text such as `-12.50`',
    'string',
    'scalar',
    ORDERED,
  ),
  filterMessage('BoolFilter', 'Conditions on a boolean', 'bool', 'scalar', ['equals']),
  filterMessage('BytesFilter', 'Conditions on bytes', 'bytes', 'scalar', EQUALITY),
  filterMessage('TimestampFilter', 'Conditions on a time', 'google.protobuf.Timestamp', 'message', ORDERED),
];

/** The names that a package's own models cannot have. */
export const SHARED_NAMES: readonly string[] = [...SHARED_FILTERS.map(({ name }) => name), CONSISTENCY];

function filterMessage(
  name: string,
  what: string,
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
    comment: 'True for null alone, false for anything else.',
  };
  return {
    name,
    comment: `${what}: all that are set must hold. Null meets none of them, nor the \`not\` of one, but \`is_null\`.`,
    fields: [...fields, isNull],
    reserved: { numbers: [], names: [] },
  };
}

const CONSISTENCY_ENUM: ProtoEnum = {
  name: CONSISTENCY,
  comment: [
    'What a stream shows of rows that change while it runs.',
    'CHUNKED reads each chunk as the table is by then, and holds nothing between two chunks. SNAPSHOT reads every row as it was when',
    'the stream began, and holds a transaction for as long as it runs. UNSPECIFIED leaves it to the server.',
  ].join('\n'),
  values: Object.entries(wireNumbers.consistency).map(([value, number]) => ({
    name: enumValueName(CONSISTENCY, value.toUpperCase()),
    number,
  })),
  reserved: { numbers: [], names: [] },
};
