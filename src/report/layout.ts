import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';

/** What fits a terminal that nobody has widened. */
export const LINE_WIDTH = 80;

/** A border and a space on either side of a cell. */
const AROUND = 3;

export interface TableOptions {
  /** Column heads; `\n` breaks a line. */
  readonly head: readonly string[];
  /** The first column holds words, begins at the left, and is broken where it is too long. Default false. */
  readonly wordsFirst?: boolean;
  /** Rows in sections, each under a line of its own; a section without a title has none. */
  readonly sections: readonly TableSection[];
}

export interface TableSection {
  readonly title?: string;
  readonly rows: readonly (readonly string[])[];
}

/** Numbers to the right, one rule under the heads, none between rows. */
export function layOutTable({ head, sections, wordsFirst = false }: TableOptions): string {
  const [first = 0, ...others] = widthsOf(head, sections);
  const room = LINE_WIDTH - 1 - AROUND - others.reduce((sum, width) => sum + width + AROUND, 0);
  const isBroken = wordsFirst && first > room;
  const inner = Math.min(first, room) + others.reduce((sum, width) => sum + width + AROUND, 0);
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (wordsFirst && index === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
    ...(isBroken ? { colWidths: [room + 2], wordWrap: true } : {}),
  });
  for (const { title, rows } of sections) {
    if (title !== undefined) table.push([{ content: broken(title, inner), colSpan: head.length, hAlign: 'left' }]);
    table.push(...rows.map((row) => [...row]));
  }
  return table.toString();
}

/** The widest line of each column. */
function widthsOf(head: readonly string[], sections: readonly TableSection[]): number[] {
  const rows = sections.flatMap((section) => section.rows);
  return head.map((cell, index) => {
    const texts = [cell, ...rows.map((row) => row[index] ?? '')];
    return Math.max(...texts.flatMap((text) => text.split('\n').map((line) => visible(line).length)));
  });
}

/** A title is as wide as its table: styled once a line, since a line's end would end its style. */
function broken(title: string, width: number): string {
  const text = visible(title);
  if (text.length <= width) return title;
  return wrapText(text, { width })
    .split('\n')
    .map((line) => title.replace(text, line))
    .join('\n');
}

function visible(text: string): string {
  return stripVTControlCharacters(text);
}

interface Wrapping {
  /** Before the first line. */
  readonly indent?: string;
  /** Before the others; the same by default. */
  readonly hanging?: string;
  /** Most letters of a line. Default: those of a terminal. */
  readonly width?: number;
}

/** Breaks a text between words, every line but the first indented further when asked to. */
export function wrapText(text: string, { indent = '', hanging = indent, width = LINE_WIDTH }: Wrapping = {}): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const isFirst = line.trim() === '';
    if (!isFirst && line.length + 1 + word.length > width) {
      lines.push(line);
      line = hanging + word;
    } else {
      line += isFirst ? word : ` ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
