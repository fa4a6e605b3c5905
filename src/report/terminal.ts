import { stripVTControlCharacters, styleText } from 'node:util';
import Table from 'cli-table3';

/** The usual width of a terminal. */
const LINE_WIDTH = 80;

/** Longer lines are hard to read, however wide the window is; a narrower one than this breaks tables anyway. */
const WIDEST = 120;
const NARROWEST = 60;

/** Where a text is shown. */
export interface RenderOptions {
  /** Whether colours are shown there. */
  readonly color: boolean;
  /** Columns of the window. Default: 80. */
  readonly width?: number | undefined;
}

/** The means to write a text for one window. */
export interface Screen {
  readonly paint: Paint;
  readonly width: number;
  /** Breaks a text between words, at the window's width. */
  wrap(text: string, wrapping?: Omit<Wrapping, 'width'>): string;
}

export function screenOf({ color, width: columns = LINE_WIDTH }: RenderOptions): Screen {
  const width = Math.max(NARROWEST, Math.min(WIDEST, columns));
  return { paint: createPaint(color), width, wrap: (text, wrapping) => wrapText(text, { ...wrapping, width }) };
}

/** Styles for text on a terminal; each leaves its text as it is where there is no colour. */
export interface Paint {
  title(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  /** A background from cold (0) to warm (1). */
  heat(text: string, warmth: number): string;
}

/** From dark blue over green to yellow, in the 256 colours that every terminal with colours has; the text is black or white. */
const HEAT = [17, 19, 24, 30, 36, 71, 107, 143, 179, 220] as const;
const LIGHT_FROM = 107;

function createPaint(color: boolean): Paint {
  const style = (format: 'bold' | 'dim' | 'green' | 'yellow') => (text: string) =>
    color ? styleText(format, text, { validateStream: false }) : text;
  const heat = (text: string, warmth: number) => {
    if (!color) return text;
    const background = HEAT[Math.round(warmth * (HEAT.length - 1))] ?? HEAT[0];
    return `\u001b[48;5;${background};38;5;${background >= LIGHT_FROM ? 16 : 231}m${text}\u001b[0m`;
  };
  return { title: style('bold'), faint: style('dim'), good: style('green'), bad: style('yellow'), heat };
}

/** A border and a space on either side of a cell. */
const AROUND = 3;

interface TableOptions {
  /** Column heads; `\n` breaks a line. */
  readonly head: readonly string[];
  /** The first column holds words, begins at the left, and is broken where it is too long. Default false. */
  readonly wordsFirst?: boolean;
  /** Rows in sections, each under a line of its own; a section without a title has none. */
  readonly sections: readonly TableSection[];
  /** Columns of the window. Default: 80. */
  readonly width?: number;
}

interface TableSection {
  readonly title?: string;
  readonly rows: readonly (readonly string[])[];
}

/** Numbers to the right, one rule under the heads, none between rows. */
export function layOutTable({ head, sections, wordsFirst = false, width = LINE_WIDTH }: TableOptions): string {
  const [first = 0, ...others] = widthsOf(head, sections);
  const room = width - 1 - AROUND - others.reduce((sum, width) => sum + width + AROUND, 0);
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

/** A title is as wide as its table. Each line is styled on its own, since the end of a line would end its style. */
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
  /** Before the others. Default: the same. */
  readonly hanging?: string;
  /** Most letters of a line. Default: those of a terminal. */
  readonly width?: number;
}

/** Breaks a text between words; every line but the first can be indented further. */
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
