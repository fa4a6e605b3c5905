import { type EnumModel, type Field, type Include, isUnsigned, type ScalarType } from '../../model/index.js';
import { enumLockKeyOf, enumNamesOf } from './names.js';

/** The type of a field in the proto. */
export interface ProtoType {
  /** A scalar such as `int64`, or the name of a message or an enum; names of `google.protobuf` are complete. */
  readonly type: string;
  readonly kind: 'scalar' | 'enum' | 'message';
  readonly label: 'required' | 'optional' | 'repeated';
}

/** The proto's type of a column. */
export function protoTypeOf({ type, nativeType, list, optional }: Field): ProtoType {
  const label = list ? 'repeated' : optional ? 'optional' : 'required';
  if (type.kind === 'enum') return { type: enumNamesOf({ name: type.enum, api: type.api }).type, kind: 'enum', label };
  const signed = SCALAR_TYPES[type.scalar];
  const name = isUnsigned(nativeType) && signed.startsWith('int') ? `u${signed}` : signed;
  return { type: name, kind: name.startsWith('google.') ? 'message' : 'scalar', label };
}

/** Decimal is text, since no number type of protobuf keeps every digit. */
const SCALAR_TYPES: Readonly<Record<ScalarType, string>> = {
  String: 'string',
  Boolean: 'bool',
  Int: 'int32',
  BigInt: 'int64',
  Float: 'double',
  Decimal: 'string',
  DateTime: 'google.protobuf.Timestamp',
  Json: 'google.protobuf.Value',
  Bytes: 'bytes',
};

/** The type of a field as the lock stores it: `decimal`, `optional int32`, `repeated double`, `enum order_status`. */
export function lockTypeOf(field: Field, enums: readonly EnumModel[]): string {
  const { label } = protoTypeOf(field);
  const name = lockTypeName(field, enums);
  return label === 'required' ? name : `${label} ${name}`;
}

function lockTypeName(field: Field, enums: readonly EnumModel[]): string {
  const { type } = field;
  // A decimal is text on the wire, but its filter compares numbers.
  if (type.kind === 'scalar') return type.scalar === 'Decimal' ? 'decimal' : protoTypeOf(field).type;
  const model = enums.find(({ name }) => name === type.enum);
  return `enum ${model ? enumLockKeyOf(model) : type.enum}`;
}

/** The type of an included relation as the lock stores it: `message author`, `repeated message review`. */
export function includeLockTypeOf({ model, list }: Include): string {
  return `${list ? 'repeated ' : ''}message ${model}`;
}

/** Splits a type of the lock into its label and its name. */
export function parseLockType(type: string): {
  readonly name: string;
  readonly isList: boolean;
  readonly isOptional: boolean;
} {
  const isList = type.startsWith('repeated ');
  const isOptional = type.startsWith('optional ');
  return { name: type.replace(/^(repeated|optional) /, ''), isList, isOptional };
}

/** Types that encode their values alike: bytes written as one can be read as the other. */
const SAME_ENCODING: readonly (readonly string[])[] = [
  ['int32', 'int64'],
  ['uint32', 'uint64'],
  ['string', 'decimal'],
];

/**
 * Whether a field keeps its number when its type changes: bytes written with the old type mean the same when they are read with the new
 * one. A lock that was written by hand may lack a type, which then counts as unchanged.
 */
export function keepsNumber(before: string | undefined, after: string | undefined): boolean {
  if (before === undefined || after === undefined) return true;
  const [old, now] = [parseLockType(before), parseLockType(after)];
  if (old.isList !== now.isList) return false;
  return old.name === now.name || SAME_ENCODING.some((group) => group.includes(old.name) && group.includes(now.name));
}
