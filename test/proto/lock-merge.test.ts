import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors/index.js';
import { emptyLock, type FieldLock, parseFieldLock, printFieldLock } from '../../src/proto/index.js';
import { assignNumbers, type Wanted } from '../../src/proto/numbers/assign-numbers.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'grpc-stream-merge-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const hasGit = spawnSync('git', ['--version']).status === 0;

describe.skipIf(!hasGit)('locks that git merges', () => {
  const columns = (text: string) => text.split('');
  const subset = fc.subarray(columns('abcdefghijklmnopqrstuvwxyz'), { minLength: 1 });

  it('give every column the number of its branch, or fail loudly', () => {
    const outcomes = { merged: 0, conflict: 0, refused: 0 };
    fc.assert(
      fc.property(subset, subset, subset, (base, left, right) => {
        const [ofBase, ofLeft, ofRight] = [lockOf(undefined, base), lockOf(base, left), lockOf(base, right)];
        const text = merge(ofBase, ofLeft, ofRight);
        if (text === undefined) return void outcomes.conflict++;
        const merged = readLock(text);
        if (merged === undefined) return void outcomes.refused++;
        outcomes.merged++;
        for (const [column, { number }] of entriesOf(merged)) {
          const known = [ofLeft, ofRight].map((lock) => new Map(entriesOf(lock)).get(column)?.number);
          expect(known).toContain(number);
        }
        for (const [column, { number }] of entriesOf(ofBase)) {
          expect(new Map(entriesOf(merged)).get(column)?.number).toBe(number);
        }
      }),
      { numRuns: 150 },
    );
    expect(outcomes.merged + outcomes.conflict + outcomes.refused).toBe(150);
  });

  it('merge when the branches touch different tables', () => {
    const base = withTables({ authors: 'ab', books: 'ab', shelves: 'ab' });
    const left = withTables({ authors: 'abc', books: 'ab', shelves: 'ab' }, base);
    const right = withTables({ authors: 'ab', books: 'ab', shelves: 'abd' }, base);
    expect(merge(base, left, right)).toBe(
      printFieldLock(withTables({ authors: 'abc', books: 'ab', shelves: 'abd' }, base)),
    );
  });

  it('merge when one branch removes a column that the other does not change', () => {
    const base = lockOf(undefined, columns('abcdefghij'));
    const left = lockOf(columns('abcdefghij'), columns('bcdefghij'));
    const right = lockOf(columns('abcdefghij'), columns('abcdefgijz'));
    const merged = merge(base, left, right);
    if (merged !== undefined) expect(readLock(merged)?.messages.books?.reserved).toHaveProperty('a');
  });

  it('are refused when both branches assigned the same number and git found no conflict', () => {
    const base = columns('bcdefghijklmnopqrstuvwxy');
    const left = lockOf(base, ['a', ...base]);
    const right = lockOf(base, [...base, 'm2']);
    const text = merge(lockOf(undefined, base), left, right);
    expect(() => parseFieldLock(text ?? '', 'lock')).toThrow('lock gives number 25 of books to both a and m2');
  });
});

function lockOf(before: readonly string[] | undefined, after: readonly string[]): FieldLock {
  const first = before && assignNumbers(undefined, namesOf(before));
  return { ...emptyLock, messages: { books: { name: 'Book', ...assignNumbers(first, namesOf(after)) } } };
}

function withTables(tables: Readonly<Record<string, string>>, previous: FieldLock = emptyLock): FieldLock {
  const messages = Object.entries(tables).map(
    ([table, columns]) =>
      [table, { name: table, ...assignNumbers(previous.messages[table], namesOf(columns.split(''))) }] as const,
  );
  return { ...emptyLock, messages: Object.fromEntries(messages) };
}

function namesOf(columns: readonly string[]): Wanted {
  return new Map(columns.map((column) => [column, { name: column }]));
}

function entriesOf({ messages }: FieldLock) {
  return Object.entries({ ...messages.books?.reserved, ...messages.books?.active });
}

/** The merged text, or nothing where git left a conflict. */
function merge(base: FieldLock, left: FieldLock, right: FieldLock): string | undefined {
  const paths = Object.entries({ left, base, right }).map(([name, lock]) => {
    const path = join(folder, name);
    writeFileSync(path, printFieldLock(lock));
    return path;
  });
  const { status, stdout } = spawnSync('git', ['merge-file', '-p', ...paths], { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}

function readLock(text: string): FieldLock | undefined {
  try {
    return parseFieldLock(text, 'lock');
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
