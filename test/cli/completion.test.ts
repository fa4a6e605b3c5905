import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { cli } from '../support/linked-project.js';

const run = async (...args: string[]) => (await promisify(execFile)(process.execPath, [cli, ...args])).stdout;

/** What a shell is told: a line a word, its meaning behind a tab. */
const wordsFor = async (...line: string[]) =>
  (await run('complete', '--', ...line))
    .split('\n')
    .filter((word) => word !== '' && !word.startsWith(':'))
    .map((word) => word.split('\t')[0]);

describe('shell completion', () => {
  it('knows the commands, their flags, and the values that there are to choose from', async () => {
    expect(await wordsFor('se')).toEqual(['seed', 'serve']);
    expect(await wordsFor('bench', '--ch')).toEqual(['--chunk', '--check-interval']);
    expect(await wordsFor('init', '--provider', '')).toEqual(['sqlite', 'postgresql', 'mysql']);
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('has a script for %s', async (shell) => {
    expect(await run('completion', shell)).toContain('grpc-stream');
  });

  it('leaves a script that bash can read', async () => {
    const script = await run('completion', 'bash');
    const bash = promisify(execFile)('bash', ['-n', '-c', script]);
    await expect(bash).resolves.toBeDefined();
  });
});
