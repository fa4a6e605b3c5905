import { describe, expect, it } from 'vitest';
import { edgesOf, readSourceTree, type SourceFile } from './source-tree.js';

/** The rooms of a folder and the files beside them, from the top to the bottom: each imports from lower rows only. */
const ROOMS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  bench: [
    ['index'],
    ['run-scenarios', 'saved-results'],
    ['comparison', 'guidance', 'journal', 'processes', 'settings'],
    ['rounds'],
    ['client', 'server', 'environment', 'plan'],
    ['database', 'scenarios', 'statistics', 'wire'],
    ['executor', 'loop-meter'],
  ],
  proto: [
    ['index'],
    ['schema-to-proto'],
    ['generatable-schema'],
    ['changes'],
    ['naming'],
    ['text'],
    ['numbers'],
    ['names'],
  ],
  runtime: [
    ['index'],
    ['service'],
    ['stream'],
    ['request', 'metrics'],
    ['rows', 'status', 'write'],
    ['database'],
    ['internals', 'encode'],
    ['logger', 'process-wide'],
  ],
  seed: [['index'], ['rows'], ['tables'], ['values'], ['connection']],
};

describe.each(Object.entries(ROOMS))('the rooms of src/%s', (folder, rows) => {
  it('import downwards only', () => {
    expect(roomViolations(readSourceTree(`src/${folder}`), folder, rows)).toEqual([]);
  });
});

describe('a planted violation between rooms', () => {
  const file = (path: string, ...lines: string[]): SourceFile => ({ path, text: lines.join('\n') });

  it.each([
    ['points up', 'src/seed/tables/a.ts', '../rows/b.js', 'src/seed/rows/b.ts', 'tables is not above rows'],
    [
      'points at a sibling',
      'src/proto/text/a.ts',
      '../changes/b.js',
      'src/proto/changes/b.ts',
      'text is not above changes',
    ],
    ['leads to a new room', 'src/seed/rows/a.ts', '../attic/b.js', 'src/seed/attic/b.ts', 'attic has no row'],
  ])('is found when it %s', (_what, from, specifier, to, violation) => {
    const folder = from.split('/')[1] ?? '';
    const planted = [file(from, `import { b } from '${specifier}';`), file(to)];
    expect(roomViolations(planted, folder, ROOMS[folder] ?? [])).toEqual([`${from}:1 imports ${to}: ${violation}`]);
  });
});

function roomViolations(
  files: readonly SourceFile[],
  folder: string,
  rows: readonly (readonly string[])[],
): readonly string[] {
  return edgesOf(files).flatMap(({ from, to, line }) => {
    const [above, below] = [roomOf(from, folder), roomOf(to, folder)];
    if (above === undefined || below === undefined || above === below) return [];
    const [upper, lower] = [above, below].map((room) => rows.findIndex((row) => row.includes(room)));
    const unknown = [above, below].find((room) => !rows.flat().includes(room));
    if (unknown !== undefined) return [`${from}:${line} imports ${to}: ${unknown} has no row`];
    return Number(upper) < Number(lower) ? [] : [`${from}:${line} imports ${to}: ${above} is not above ${below}`];
  });
}

/** The subfolder of a file, or the file's own name; undefined outside the folder. */
function roomOf(path: string, folder: string): string | undefined {
  return new RegExp(`^src/${folder}/([^/.]+)`).exec(path)?.[1];
}
