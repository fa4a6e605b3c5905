/** A table of GitHub's Markdown, numbers to the right; what would break a cell is escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  const rule = `| ${head.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Text that Markdown leaves as it is, in a cell too. */
export function escapeCell(text: string): string {
  return text.replace(/[\\|<>`*_[\]]/g, (letter) => `\\${letter}`).replaceAll('\n', ' ');
}
