import { styleText } from 'node:util';
import type { FileChange } from '../disk/index.js';

/** As `git diff` prints it, so that `git apply` and `patch` take it; in colour on a terminal. */
export async function unifiedDiff(
  { kind, before, after }: Pick<FileChange, 'kind' | 'before' | 'after'>,
  path: string,
): Promise<string> {
  // Loaded only here: most commands print no difference.
  const { createTwoFilesPatch } = await import('diff');
  const [from, to] = [kind === 'create' ? '/dev/null' : `a/${path}`, kind === 'remove' ? '/dev/null' : `b/${path}`];
  const patch = createTwoFilesPatch(from, to, before, after, undefined, undefined, { context: 3 });
  const [head = '', foot = '', ...body] = patch.replace(/^=+\n/, '').trimEnd().split('\n');
  return [paint('bold', head), paint('bold', foot), ...body.map(paintLine)].join('\n');
}

function paintLine(line: string): string {
  if (line.startsWith('@@')) return paint('cyan', line);
  if (line.startsWith('+')) return paint('green', line);
  return line.startsWith('-') ? paint('red', line) : line;
}

function paint(color: 'bold' | 'cyan' | 'green' | 'red', text: string): string {
  return styleText(color, text, { stream: process.stdout });
}
