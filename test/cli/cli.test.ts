import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../architecture/source-tree.js';
import { spawnCli } from '../support/spawn-cli.js';

const commands = ['init', 'generate', 'seed', 'serve', 'bench', 'doctor'];

describe('grpc-stream', () => {
  it('lists its commands and flags with --help, on stdout', async () => {
    const { exitCode, stdout, stderr } = await spawnCli(['--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    for (const flag of ['--cwd', '--config', '--json', '--quiet', '--verbose', '--no-color']) {
      expect(stdout).toContain(flag);
    }
  });

  it.each(commands)('tells what %s does and takes, with the global flags', async (command) => {
    const { exitCode, stdout, stderr } = await spawnCli([command, '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: grpc-stream ${command} \\[options\\]`));
    expect(stdout).toContain('--cwd <folder>');
  });

  it.each([
    '--help',
    'serve --help',
    'bench --help',
  ])('loads no package that a command works with for %s', async (args) => {
    expect(await packagesLoadedBy(args.split(' '))).toEqual(['@bomb.sh/tab', 'commander']);
  });

  it('prints its version, and nothing else', async () => {
    const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(await spawnCli(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('shows the help on stderr when it is asked for nothing', async () => {
    const { exitCode, stdout, stderr } = await spawnCli([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: grpc-stream');
  });

  it.each([
    ['an unknown flag', ['generate', '--frob'], "error: unknown option '--frob'"],
    ['an unknown global flag', ['--frob'], "error: unknown option '--frob'"],
    ['an unknown command', ['frobnicate'], "error: unknown command 'frobnicate'"],
    ['a mistyped command', ['genrate'], '(Did you mean generate?)'],
    ['an argument too many', ['generate', 'now'], "error: too many arguments for 'generate'"],
    ['a flag without its value', ['generate', '--cwd'], "error: option '--cwd <folder>' argument missing"],
  ])('refuses %s with exit code 2, on stderr, without a stack', async (_what, args, message) => {
    const { exitCode, stdout, stderr } = await spawnCli(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('(grpc-stream --help lists the commands and flags)');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('takes its global flags before and after the command', async () => {
    const args = ['--cwd', '/nowhere/at/all'];
    const before = await spawnCli([...args, 'generate']);
    const after = await spawnCli(['generate', ...args]);
    expect(after).toEqual(before);
    expect(before.stderr).toBe('error the folder /nowhere/at/all does not exist\n  → name another with --cwd\n');
    expect(before.exitCode).toBe(2);
  });
});

describe('colour', () => {
  const colour = String.fromCharCode(27);
  const failing = ['generate', '--cwd', '/nowhere/at/all'];

  it('is not there away from a terminal', async () => {
    expect((await spawnCli(failing)).stderr).not.toContain(colour);
  });

  it('is there when it is forced', async () => {
    expect((await spawnCli(failing, { env: { FORCE_COLOR: '1' } })).stderr).toContain(colour);
  });

  it('is not there with NO_COLOR', async () => {
    expect((await spawnCli(failing, { env: { NO_COLOR: '1' } })).stderr).not.toContain(colour);
  });

  it('is not there with --no-color, even when it is forced', async () => {
    const { stderr } = await spawnCli(['--no-color', ...failing], { env: { FORCE_COLOR: '1' } });
    expect(stderr).not.toContain(colour);
  });
});

/** The packages of which a command loads a module. */
async function packagesLoadedBy(args: readonly string[]): Promise<string[]> {
  const script = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const hooks = script(`import { writeSync } from 'node:fs';
    export const load = (url, context, next) => (writeSync(2, url + '\\n'), next(url, context));`);
  const register = script(`import { register } from 'node:module'; register(${JSON.stringify(hooks)});`);
  const { exitCode, stderr } = await spawnCli(args, { env: { NODE_OPTIONS: `--import ${register}` } });
  expect(exitCode).toBe(0);
  const names = [...stderr.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map(([, name = '']) => name);
  return [...new Set(names)].sort();
}
