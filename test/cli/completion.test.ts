import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { cli } from '../support/linked-project.js';
import { packageRoot } from '../support/temporary-folder.js';

const run = async (cwd: string, ...args: string[]) =>
  (await promisify(execFile)(process.execPath, [cli, ...args], { cwd })).stdout;

/** What a shell is told: a line a word, its meaning behind a tab. */
const wordsFor = async (...line: string[]) => wordsIn(await run(tmpdir(), 'complete', '--', ...line));

const wordsIn = (printed: string) =>
  printed
    .split('\n')
    .filter((word) => word !== '' && !word.startsWith(':'))
    .map((word) => word.split('\t')[0]);

describe('shell completion', () => {
  it('knows the commands, their flags, and the values that there are to choose from', async () => {
    expect(await wordsFor('se')).toEqual(['seed', 'serve']);
    expect(await wordsFor('bench', '--ch')).toEqual(['--chunk', '--check-interval']);
    expect(await wordsFor('init', '--provider', '')).toEqual(['sqlite', 'postgresql', 'mysql']);
  });

  it('knows the models and the fields of the project, and the scenarios of the bench', async () => {
    const project = join(packageRoot, 'prisma');
    const inProject = async (...line: string[]) => wordsIn(await run(project, 'complete', '--', ...line));
    expect(await inProject('read', '')).toEqual(['Book']);
    expect(await inProject('read', 'Book', '--fields', 'pub')).toEqual(['publishedAt']);
    expect(await inProject('read', 'Book', '--order', 'isbn')).toEqual(['isbn', 'isbn desc']);
    expect(await inProject('bench', '--scenario', 'th')).toEqual(['throughput']);
    expect(await inProject('seed', '--model', 'B')).toEqual(['Book']);
  });

  it('offers no models outside of a project', async () => {
    expect(wordsIn(await run(tmpdir(), 'complete', '--', 'read', ''))).toEqual([]);
  });

  it('completes in a bash without the package bash-completion, and prints no error', async () => {
    const script = await run(tmpdir(), 'completion', 'bash');
    const path = `${dirname(process.execPath)}:${process.env.PATH}`;
    const typed = `grpc-stream() { '${process.execPath}' '${cli}' "$@"; }
compopt() { :; }
COMP_WORDS=(grpc-stream se) COMP_CWORD=1
__grpc_stream_complete
echo "\${COMPREPLY[@]}"`;
    const shell = promisify(execFile)('bash', ['--norc', '--noprofile', '-c', `${script}\n${typed}`], {
      env: { ...process.env, PATH: path },
    });
    expect(await shell).toEqual({ stdout: 'seed serve\n', stderr: '' });
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('has a script for %s', async (shell) => {
    expect(await run(tmpdir(), 'completion', shell)).toContain('grpc-stream');
  });

  it('leaves a script that bash can read', async () => {
    const script = await run(tmpdir(), 'completion', 'bash');
    const bash = promisify(execFile)('bash', ['-n', '-c', script]);
    await expect(bash).resolves.toBeDefined();
  });
});
