import type { DatabaseProvider } from '../model/index.js';
import type { DmmfField } from './dmmf.js';

/** Prisma's dates are JavaScript's: whole milliseconds. */
const MILLISECONDS = 3;

/**
 * Whether a column may hold what Prisma's value of it does not: microseconds, the zone of a time, or the digits of a `float4`, which are others as a
 * `float8`. A stream that goes on behind such a value finds the same row again.
 */
export function isLessExactThanStored(field: DmmfField, provider: DatabaseProvider): boolean {
  const [native, args] = field.nativeType ?? [];
  if (field.type === 'Float') return isSinglePrecision(native, args ?? [], provider);
  if (field.type !== 'DateTime') return false;
  // It is ordered by its zone as well, which Prisma's value does not have.
  if (native === 'Timetz') return true;
  return fractionDigits(native, args?.[0], provider) > MILLISECONDS;
}

function isSinglePrecision(native: string | undefined, args: readonly string[], provider: DatabaseProvider): boolean {
  if (native === 'Real' || native === 'Float4') return true;
  if (native !== 'Float') return false;
  // SQL Server's Float has 53 bits unless told otherwise.
  return provider === 'mysql' || (args[0] !== undefined && Number(args[0]) <= 24);
}

/** Digits behind the second that a column of dates or times keeps. */
function fractionDigits(native: string | undefined, argument: string | undefined, provider: DatabaseProvider): number {
  if (argument !== undefined) return Number(argument);
  switch (native) {
    case 'Date':
    case 'SmallDateTime':
      return 0;
    case 'Timestamp':
    case 'Timestamptz':
    case 'Time':
      return provider === 'mysql' ? 0 : 6;
    case 'DateTime':
      // MySQL's holds none; SQL Server's holds thirds of a hundredth of a second.
      return provider === 'mysql' ? 0 : 7;
    case 'DateTime2':
    case 'DateTimeOffset':
      return 7;
    default:
      // What Prisma makes without a native type: datetime2 in SQL Server, milliseconds elsewhere.
      return provider === 'sqlserver' ? 7 : MILLISECONDS;
  }
}
