import { type KeyMessage, type KeyTypes, keyOf } from './key-json.js';

/** Where a read of one range stands. */
export interface Cursor<Row> {
  /** The row delivered last. */
  last: Row | undefined;
  /** The key behind which the rest begins; undefined at the very start. */
  readonly after: KeyMessage | undefined;
}

/** A cursor that begins behind a key. Keys are made when they are asked for: not one a row. */
export function openCursor<Row extends object>(start: KeyMessage | undefined, types: KeyTypes): Cursor<Row> {
  return {
    last: undefined,
    get after() {
      return this.last ? keyOf(this.last, types) : start;
    },
  };
}
