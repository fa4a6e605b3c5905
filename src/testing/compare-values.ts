/** Orders two values of one column as SQLite does: NULL first, dates by time, false before true, texts by their code units. */
export function compareValues(a: unknown, b: unknown): number {
  if (isNull(a) || isNull(b)) return Number(isNull(b)) - Number(isNull(a));
  const [left, right] = [comparable(a), comparable(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** What a row does not have is NULL. */
export function isNull(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function comparable(value: unknown): number | bigint | string {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' || typeof value === 'bigint' ? value : String(value);
}
