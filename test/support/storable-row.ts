import { everythingRow, type Values } from './everything.js';

/**
 * Rows without lists that any server's database can hold: text and JSON that are Unicode without NUL, and decimals of their default
 * precision.
 */
export const storableRow = everythingRow
  .map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name, value]) => value !== null && !name.startsWith('some'))),
  )
  .filter((row) => Object.values(row).every(isStorable));

function isStorable(value: unknown): boolean {
  // Prisma's client writes numbers near the ends of the range as text that PostgreSQL refuses.
  if (typeof value === 'number') return value === 0 || (Math.abs(value) > 1e-300 && Math.abs(value) < 1e300);
  if (value instanceof Uint8Array || value instanceof Date) return true;
  if (isDecimal(value)) return Math.abs(Number(value)) < 1e30;
  if (typeof value === 'string') return isUnicode(value);
  if (value instanceof Object)
    return isUnicode(JSON.stringify(value)) && !/\\u(0000|d[89a-f])/.test(JSON.stringify(value));
  return true;
}

function isDecimal(value: unknown): value is { toFixed(): string } & Values {
  return value instanceof Object && 'toFixed' in value;
}

function isUnicode(text: string): boolean {
  return Buffer.from(text).toString() === text && !text.includes('\0');
}
