import type { ArgScalarType, ArgType } from '@prisma/driver-adapter-utils';
import type { Field, FieldType, ScalarType } from '../../model/index.js';
import type { RowRandom } from './random.js';

/** A parameter of a driver adapter. */
export type SqlValue = string | number | bigint | boolean | Date | Uint8Array | null | readonly SqlValue[];

/** Makes the value of one column for the row at `index`; the same random numbers and index make the same value. */
export type ValueMaker = (random: RowRandom, index: number) => SqlValue;

/** How a driver adapter binds the values of a column. */
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

/** Bytes of data in a value: texts as UTF-8 (seeded texts are ASCII), numbers and dates by the size of their type. */
export function bytesOf(value: SqlValue, type: FieldType): number {
  if (value === null) return 0;
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number') return type.kind === 'scalar' && type.scalar === 'Int' ? 4 : 8;
  if (typeof value === 'bigint' || value instanceof Date) return 8;
  return value.reduce<number>((sum, item) => sum + bytesOf(item, type), 0);
}

/** One step of making a row: sets the values of some columns. */
export type RowStep = (row: SqlValue[], random: RowRandom, index: number) => void;

/** Sets the values of the columns that it was made for. */
type SetColumns = (row: SqlValue[], values: readonly SqlValue[]) => void;

/** Prepares setting the columns with these names: they are looked up once, since rows are made by the million. */
export function columnSetter(names: readonly string[], fields: readonly Field[]): SetColumns {
  const positions = names.map((name) => fields.findIndex((field) => field.name === name));
  return (row, values) => {
    for (let i = 0; i < positions.length; i++) row[positions[i] ?? -1] = values[i] ?? null;
  };
}
