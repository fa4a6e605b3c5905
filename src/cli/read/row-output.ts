import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { RowColumn } from './fields.js';

/** Writes rows as text. */
interface RowOutput {
  /** Takes a row. If it returns a promise, wait for it before the next row. */
  add(row: object): Promise<void> | undefined;
  /** Writes the rows that are left. */
  flush(): Promise<void>;
}

/** A write costs the same for one row and for hundreds. */
const ROWS_A_WRITE = 500;

/**
 * Writes rows at the pace of the reader: many at a time while they come fast, each at once while they come slowly.
 *
 * @param signal Ends the wait for a reader that takes nothing.
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
    // The next row waits for it; after the last row nothing does.
    drained.catch(() => {});
  }

  return {
    add(row) {
      rows.push(row);
      // The rows of one message come within one turn of the event loop; at its end the buffer is written.
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

/** A JSON object a line, or CSV. */
export type TextFormatName = 'jsonl' | 'csv';

/** How rows become text. */
export interface RowFormat {
  /** The text before all rows. */
  readonly head: string;
  /** The lines of some rows. */
  lines(rows: readonly object[]): string;
}

/** Converts rows to text, a line each (in CSV a quoted text may have line ends). */
export function rowFormat(name: TextFormatName, columns: readonly RowColumn[]): RowFormat {
  return name === 'csv' ? csv(columns) : jsonLines(columns);
}

function jsonLines(columns: readonly RowColumn[]): RowFormat {
  const line = (row: object) =>
    `${JSON.stringify(Object.fromEntries(columns.map(({ name, valueIn }) => [name, valueIn(row)])))}\n`;
  return { head: '', lines: (rows) => rows.map(line).join('') };
}

/** Null is an empty cell, an empty text a pair of quotes; lists and JSON are JSON. */
function csv(columns: readonly RowColumn[]): RowFormat {
  const text = (records: readonly (readonly unknown[])[]) => stringify([...records], { cast: CSV_VALUES });
  return {
    head: text([columns.map(({ name }) => name)]),
    lines: (rows) => text(rows.map((row) => columns.map(({ valueIn }) => valueIn(row)))),
  };
}

const CSV_VALUES = {
  boolean: String,
  object: (value: object) => JSON.stringify(value),
  string: (value: string) => (value === '' ? { value, quoted_empty: true } : value),
};
