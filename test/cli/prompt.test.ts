import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { Interrupted } from '../../src/cli/exit.js';
import { Prompt } from '../../src/cli/prompt.js';

const ENTER = '\r';
const DOWN = '\u001b[B';
const CTRL_C = '\u0003';

/** A person who presses these keys when the question is shown. */
function pressing(...keys: readonly string[]) {
  const input = new PassThrough();
  const output = new PassThrough();
  const shown: string[] = [];
  output.once('data', () =>
    setImmediate(() => {
      for (const key of keys) input.write(key);
    }),
  );
  output.on('data', (chunk: Buffer) => shown.push(chunk.toString()));
  return { terminal: { input, output }, shown: () => stripVTControlCharacters(shown.join('')) };
}

const { signal } = new AbortController();

test('takes the answer, and shows the default meanwhile', async () => {
  const { terminal, shown } = pressing(...'library', ENTER);
  expect(await new Prompt(signal, terminal).text('Folder', 'here')).toBe('library');
  expect(shown()).toMatch(/Folder\n.*here/);
});

test('takes the default for Enter alone', async () => {
  expect(await new Prompt(signal, pressing(ENTER).terminal).text('Folder', '.')).toBe('.');
});

test.each([
  [[ENTER], 'sqlite'],
  [[DOWN, ENTER], 'mysql'],
])('chooses by the arrow keys: %j', async (keys, chosen) => {
  const prompt = new Prompt(signal, pressing(...keys).terminal);
  expect(await prompt.choice('Database', ['sqlite', 'mysql'])).toBe(chosen);
});

test.each([
  [[ENTER], true],
  [['y'], true],
  [['n'], false],
])('takes %j for consent: %j', async (keys, expected) => {
  expect(await new Prompt(signal, pressing(...keys).terminal).confirm('Go ahead?')).toBe(expected);
});

test('throws Interrupted at Ctrl-C, which a prompt takes as a key', async () => {
  const asking = new Prompt(signal, pressing(CTRL_C).terminal).text('Folder', '.');
  await expect(asking).rejects.toThrow(Interrupted);
});

test('stops asking when the command is interrupted', async () => {
  const interrupt = new AbortController();
  const asking = new Prompt(interrupt.signal, pressing().terminal).text('Folder', '.');
  interrupt.abort(new DOMException('interrupted', 'AbortError'));
  await expect(asking).rejects.toThrow('interrupted');
});
