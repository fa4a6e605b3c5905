import { type Field, isUnsigned, pascalCase, type ScalarType } from '../../model/index.js';
import type { ProtoField } from './proto-file.js';

/** What a field of Prisma's is on the wire. */
export function protoTypeOf({ type, nativeType, list, optional }: Field): Pick<ProtoField, 'type' | 'kind' | 'label'> {
  const label = list ? 'repeated' : optional ? 'optional' : 'required';
  if (type.kind === 'enum') return { type: pascalCase(type.enum), kind: 'enum', label };
  const signed = scalarTypes[type.scalar];
  const name = isUnsigned(nativeType) && signed.startsWith('int') ? `u${signed}` : signed;
  return { type: name, kind: name.startsWith('google.') ? 'message' : 'scalar', label };
}

/** Prisma's scalars on the wire. Decimal is text, since no number of protobuf keeps every digit. */
const scalarTypes: Readonly<Record<ScalarType, string>> = {
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
