import type { ArgScalarType, ArgType } from '@prisma/driver-adapter-utils';
import type { Field, FieldType, ScalarType } from '../../model/index.js';
import type { Random } from '../values/random.js';

/** What a driver adapter takes for one bound value. */
export type SqlValue = string | number | bigint | boolean | Date | Uint8Array | null | readonly SqlValue[];

/** Makes the value of one column for the row at `index`; the same random numbers and index make the same value. */
export type ValueMaker = (random: Random, index: number) => SqlValue;

/** How a driver adapter is to bind the values of a column. */
export function argTypeOf({ type, list, nativeType }: Field): ArgType {
  return {
    scalarType: type.kind === 'enum' ? 'enum' : ARG_TYPES[type.scalar],
    arity: list ? 'list' : 'scalar',
    ...(nativeType ? { dbType: nativeType.replace(/\(.*$/, '').toUpperCase() } : {}),
  };
}

const ARG_TYPES: Readonly<Record<ScalarType, ArgScalarType>> = {
  String: 'string',
  Boolean: 'boolean',
  Int: 'int',
  BigInt: 'bigint',
  Float: 'float',
  Decimal: 'decimal',
  DateTime: 'datetime',
  Json: 'json',
  Bytes: 'bytes',
};

/** Bytes of data in a value: texts as UTF-8 (ours are ASCII), numbers and dates by the size of their type. */
export function bytesOf(value: SqlValue, type: FieldType): number {
  if (value === null) return 0;
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number') return type.kind === 'scalar' && type.scalar === 'Int' ? 4 : 8;
  if (typeof value === 'bigint' || value instanceof Date) return 8;
  return value.reduce<number>((sum, item) => sum + bytesOf(item, type), 0);
}
