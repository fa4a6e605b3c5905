import Table from 'cli-table3';

/** What fits a terminal that nobody has widened. */
export const LINE_WIDTH = 80;

export interface TableOptions {
  /** Column heads; `\n` breaks a line. */
  readonly head: readonly string[];
  /** The first column holds words, and begins at the left. Default false. */
  readonly wordsFirst?: boolean;
  /** Rows in sections, each under a line of its own; a section without a title has none. */
  readonly sections: readonly { readonly title?: string; readonly rows: readonly (readonly string[])[] }[];
}

/** Numbers to the right, one rule under the heads, none between rows. */
export function layOutTable({ head, sections, wordsFirst = false }: TableOptions): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (wordsFirst && index === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const { title, rows } of sections) {
    if (title !== undefined) table.push([{ content: title, colSpan: head.length, hAlign: 'left' }]);
    table.push(...rows.map((row) => [...row]));
  }
  return table.toString();
}

interface Indents {
  /** Before the first line. */
  readonly indent?: string;
  /** Before the others; the same by default. */
  readonly hanging?: string;
}

/** Breaks a text between words, every line but the first indented further when asked to. */
export function wrapText(text: string, { indent = '', hanging = indent }: Indents = {}): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const isFirst = line.trim() === '';
    if (!isFirst && line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = hanging + word;
    } else {
      line += isFirst ? word : ` ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
