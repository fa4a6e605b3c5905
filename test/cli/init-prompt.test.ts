import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { Prompt } from '../../src/cli/init/prompt.js';
import { UsageError } from '../../src/errors/index.js';

/** A person who answers each question with the next of these lines. */
function answering(...lines: readonly string[]) {
  const input = new PassThrough();
  const output = new PassThrough();
  const answers = [...lines];
  const said: string[] = [];
  output.on('data', (chunk: Buffer) => {
    said.push(chunk.toString());
    if (!chunk.toString().endsWith(') ')) return;
    const answer = answers.shift();
    if (answer === undefined) input.end();
    else input.write(`${answer}\n`);
  });
  return { said, terminal: { input, output } };
}

const { signal } = new AbortController();

test('takes the answer', async () => {
  const { terminal, said } = answering(' library ');
  expect(await new Prompt(signal, terminal).text('Folder', '.')).toBe('library');
  expect(said.join('')).toBe('Folder (.) ');
});

test('takes the default for an empty line', async () => {
  expect(await new Prompt(signal, answering('').terminal).text('Folder', '.')).toBe('.');
});

test('asks again until a choice is one of those that there are', async () => {
  const { terminal, said } = answering('oracle', 'MySQL');
  expect(await new Prompt(signal, terminal).choice('Database', ['sqlite', 'mysql'], 'sqlite')).toBe('mysql');
  expect(said.join('')).toContain('please answer one of sqlite, mysql');
});

test.each([
  ['', true],
  ['y', true],
  ['Yes', true],
  ['n', false],
  ['what?', false],
])('takes %j for consent: %j', async (answer, expected) => {
  expect(await new Prompt(signal, answering(answer).terminal).yes('Go ahead?')).toBe(expected);
});

test('ends with an error of the user when the input does', async () => {
  await expect(new Prompt(signal, answering().terminal).text('Folder', '.')).rejects.toThrow(UsageError);
});

test('stops asking when it is interrupted', async () => {
  const terminal = { input: new PassThrough(), output: new PassThrough() };
  const interrupt = new AbortController();
  const asking = new Prompt(interrupt.signal, terminal).text('Folder', '.');
  interrupt.abort(new DOMException('interrupted', 'AbortError'));
  await expect(asking).rejects.toThrow('interrupted');
});
