import type { Field } from '../../model/index.js';
import type { Filler } from '../values/filler.js';
import { putInto, type RowStep } from './row-step.js';
import { bytesOf, type SqlValue } from './sql-value.js';

/** Rows vary by this part of their size, so that a table looks like one that people filled. */
const SIZE_SPREAD = 0.2;

/** Bytes of data in a row. */
export type SizeOf = (row: readonly SqlValue[]) => number;

/** Measures rows; `besides` are bytes of columns that the database fills by itself. */
export function sizeOfRows(fields: readonly Field[], besides: number): SizeOf {
  const types = fields.map(({ type }) => type);
  return (row) => {
    let bytes = besides;
    for (let i = 0; i < types.length; i++) {
      const type = types[i];
      if (type) bytes += bytesOf(row[i] ?? null, type);
    }
    return bytes;
  };
}

/** Fills the fillers up, one after the other, until the row is `rowBytes` long, give or take a fifth. */
export function fillToSize(
  fillers: readonly Filler[],
  fields: readonly Field[],
  rowBytes: number,
  sizeOf: SizeOf,
): RowStep {
  const puts = fillers.map(({ field, ...filler }) => ({ ...filler, put: putInto([field.name], fields) }));
  return (row, random) => {
    const target = rowBytes * (1 + SIZE_SPREAD * (2 * random.fraction() - 1));
    let missing = Math.round(target) - sizeOf(row);
    for (const { capacity, make, put } of puts) {
      /** One byte at least: an empty text would look like a mistake. */
      const length = Math.max(1, Math.min(capacity, missing));
      put(row, [make(random, length)]);
      missing -= length;
    }
  };
}
