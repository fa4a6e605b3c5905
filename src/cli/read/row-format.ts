import { stringify } from 'csv-stringify/sync';
import type { RowColumn } from './row-columns.js';

export const ROW_FORMATS = ['jsonl', 'csv'] as const;
export type RowFormatName = (typeof ROW_FORMATS)[number];

/** How rows become text. */
export interface RowFormat {
  /** What comes before all rows. */
  readonly head: string;
  /** The lines of some rows. */
  lines(rows: readonly object[]): string;
}

/** Makes rows into text, a line each (in CSV a text may hold line ends, between quotes). */
export function rowFormat(name: RowFormatName, columns: readonly RowColumn[]): RowFormat {
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
