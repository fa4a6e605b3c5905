import type { DatabaseProvider, Field, SchemaModel } from '../../model/index.js';

/** The limits that a column's type in the database sets. */
export interface FieldLimits {
  /** The `@db.` type in lower case and without arguments, such as `varchar`; empty when the schema names none. */
  readonly nativeType: string;
  /** Most characters of a text, or bytes of a binary value. */
  readonly maxLength: number;
  /** Every value has exactly `maxLength`. */
  readonly fixedLength: boolean;
  /** Largest whole number. */
  readonly maxWhole: number;
  /** Digits before the point, and after it, of a decimal. */
  readonly wholeDigits: number;
  readonly fractionDigits: number;
}

/** Reads the limits from the `@db.` type, or from the database's default type for a Prisma type. */
export function fieldLimits(field: Field, provider: DatabaseProvider): FieldLimits {
  const [name = '', ...args] = (field.nativeType ?? '').split(/[(),]/).filter((part) => part !== '');
  const nativeType = name.toLowerCase();
  const [first, second = 0] = args.map(Number);
  return {
    nativeType,
    maxLength: first ?? TEXT_LENGTHS[nativeType] ?? defaultLength(field, provider),
    fixedLength: FIXED_LENGTH.has(nativeType),
    maxWhole: MAX_WHOLE[nativeType] ?? (isBigInt(field) ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1),
    ...decimalDigits(nativeType, first, second),
  };
}

/** Lengths of types that take no argument, or that have a length without one. */
const TEXT_LENGTHS: Readonly<Record<string, number>> = {
  char: 1,
  bpchar: 1,
  nchar: 1,
  bit: 1,
  binary: 1,
  tinytext: 255,
  tinyblob: 255,
  text: Number.POSITIVE_INFINITY,
};

const FIXED_LENGTH: ReadonlySet<string> = new Set(['char', 'bpchar', 'nchar', 'bit', 'binary']);

const MAX_WHOLE: Readonly<Record<string, number>> = {
  tinyint: 127,
  unsignedtinyint: 255,
  smallint: 32_767,
  int2: 32_767,
  unsignedsmallint: 65_535,
  mediumint: 8_388_607,
  unsignedmediumint: 16_777_215,
  year: 155,
};

/** MySQL's default type for `String` has 191 characters; other databases set no limit. */
function defaultLength({ type, nativeType }: Field, provider: DatabaseProvider): number {
  const isText = type.kind === 'scalar' && type.scalar === 'String';
  return provider === 'mysql' && isText && nativeType === undefined ? 191 : Number.POSITIVE_INFINITY;
}

function isBigInt({ type }: Field): boolean {
  return type.kind === 'scalar' && type.scalar === 'BigInt';
}

/** Every database can store twelve digits and two decimals in its default type. */
function decimalDigits(nativeType: string, precision = 14, scale = 2) {
  if (nativeType !== 'decimal' && nativeType !== 'numeric') return { wholeDigits: 12, fractionDigits: 2 };
  return { wholeDigits: precision - scale, fractionDigits: scale };
}

/** Whether the database numbers the rows of a column. SQLite numbers only `Int`, though a schema may use `autoincrement()` for `BigInt`. */
export function isNumbered({ autoincrement, type }: Field, { provider }: SchemaModel): boolean {
  if (!autoincrement) return false;
  return provider !== 'sqlite' || (type.kind === 'scalar' && type.scalar === 'Int');
}
