import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { RowFormat } from './row-format.js';

/** Rows on their way to stdout. */
export interface RowOutput {
  /** Takes a row; the promise, where there is one, is waited for before the next. */
  add(row: object): Promise<void> | undefined;
  /** Writes what is left. */
  flush(): Promise<void>;
}

/** A write costs the same for one row and for hundreds. */
const ROWS_A_WRITE = 500;

/**
 * Writes rows at the pace of whoever reads them: many at once while they come fast, and each at once while they do not.
 *
 * @param signal Ends the wait for a reader who takes nothing.
 */
export function rowOutput(format: RowFormat, destination: Writable, signal: AbortSignal): RowOutput {
  let rows: object[] = [];
  let drained: Promise<void> | undefined;
  let head = format.head;

  function write(): void {
    const text = head + (rows.length > 0 ? format.lines(rows) : '');
    [rows, head] = [[], ''];
    if (text === '' || destination.write(text)) return;
    drained = once(destination, 'drain', { signal }).then(() => {
      drained = undefined;
    });
    // Whoever adds the next row waits for it; after the last one nobody does.
    drained.catch(() => {});
  }

  return {
    add(row) {
      rows.push(row);
      // Rows of one message come without a turn of the event loop between them; when there is one, no more are at hand.
      if (rows.length === 1) setImmediate(write);
      else if (rows.length >= ROWS_A_WRITE) write();
      return drained;
    },
    async flush() {
      write();
      await drained;
    },
  };
}
