import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CliOptions, spawnCli } from '../support/spawn-cli.js';
import { filesIn, temporaryFolder } from '../support/temporary-folder.js';

const grpcStream = (cwd: string, args: readonly string[], options: CliOptions = {}) =>
  spawnCli(args, { cwd, ...options });

/** An `npm` that runs this script in its place. */
async function fakeNpm(script: string): Promise<Readonly<Record<string, string>>> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'npm'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'npm'), 0o755);
  return { PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` };
}

describe('grpc-stream init', () => {
  test('makes a project, and says on stderr what to do next', async () => {
    const folder = await temporaryFolder();
    const { stdout, stderr, exitCode } = await grpcStream(folder, ['init', 'library', '--yes', '--no-install']);
    expect({ exitCode, first: stdout.split('\n')[0] }).toEqual({ exitCode: 0, first: 'create    .dockerignore' });
    expect(stderr).toContain(
      [
        'Next:',
        '  cd library',
        '  npm install',
        '  npx grpc-stream generate',
        '  npx grpc-stream seed --rows 10000',
        '  npx grpc-stream serve',
        '  npx grpc-stream bench',
      ].join('\n'),
    );
    expect(Object.keys(await filesIn(folder))).toHaveLength(stdout.trim().split('\n').length);
  });

  test('writes nothing on a dry run', async () => {
    const folder = await temporaryFolder();
    const { stdout, exitCode } = await grpcStream(folder, ['init', 'library', '--dry-run']);
    expect({ exitCode, lines: stdout.trim().split('\n').length }).toEqual({ exitCode: 0, lines: 15 });
    expect(await filesIn(folder)).toEqual({});
  });

  test('prints one JSON document and nothing else with --json', async () => {
    const folder = await temporaryFolder();
    const { stdout } = await grpcStream(folder, ['init', '--json', '--no-install', '--provider', 'mysql']);
    expect(JSON.parse(stdout)).toMatchObject({
      folder,
      kind: 'new',
      provider: 'mysql',
      dryRun: false,
      installed: false,
      files: expect.arrayContaining([{ path: 'prisma/schema.prisma', action: 'create' }]),
      next: expect.arrayContaining(['npx grpc-stream generate']),
    });
  });

  test('takes the defaults for an empty folder where there is no terminal, and says so', async () => {
    const { stderr, exitCode } = await grpcStream(await temporaryFolder(), ['init', '--no-install']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('the defaults are taken') });
  });

  test('touches a folder that is not empty only with --yes where there is no terminal', async () => {
    const folder = await temporaryFolder({ 'README.md': 'mine' });
    const refused = await grpcStream(folder, ['init', '--no-install']);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('go ahead with --yes') });
    expect(await filesIn(folder)).toEqual({ 'README.md': 'mine' });
    const { stdout, exitCode } = await grpcStream(folder, ['init', '--no-install', '--yes']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('keep      README.md (') });
    expect((await filesIn(folder))['README.md']).toBe('mine');
  });

  test('works in the folder that --cwd names', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'inner'));
    await grpcStream(folder, ['init', '--cwd', 'inner', '--no-install', '--quiet']);
    expect(Object.keys(await filesIn(folder))).toContain('inner/package.json');
  });
});

describe('the packages', () => {
  test('are installed in the project', async () => {
    const folder = await temporaryFolder();
    const { exitCode, stderr } = await grpcStream(folder, ['init', 'library'], {
      env: await fakeNpm('echo "$@" > called'),
    });
    expect({ exitCode, called: (await filesIn(folder))['library/called'] }).toEqual({
      exitCode: 0,
      called: 'install\n',
    });
    expect(stderr).not.toContain('  npm install\n');
  });

  test("are the project's own package manager's to install", async () => {
    const folder = await temporaryFolder({ '.git/HEAD': '', 'pnpm-lock.yaml': '' });
    const { stderr } = await grpcStream(folder, ['init', 'library', '--no-install']);
    expect(stderr).toContain('  pnpm install\n  pnpm exec grpc-stream generate\n');
  });

  test('are missed with the reason when they cannot be installed, and the files are there', async () => {
    const folder = await temporaryFolder();
    const env = await fakeNpm('echo no network >&2; exit 7');
    const { exitCode, stderr } = await grpcStream(folder, ['init', 'library'], { env });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('npm install failed:\nno network');
    expect(stderr).toContain(`run \`npm install\` in ${folder}/library`);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(Object.keys(await filesIn(folder))).toContain('library/package.json');
  });

  test('are no longer waited for after Ctrl-C', async () => {
    const folder = await temporaryFolder();
    const env = await fakeNpm('exec sleep 60');
    const ended = await grpcStream(folder, ['init', 'library'], { env, interruptAfter: 'npm install' });
    expect(ended).toMatchObject({ exitCode: 130 });
  });
});

describe('bad input is one clear message, the right exit code, and no file', () => {
  test.each([
    ['an unknown database', ['--provider', 'oracle'], {}, 2, 'Allowed choices are sqlite, postgresql, mysql'],
    ['an unknown flag', ['--nope'], {}, 2, "unknown option '--nope'"],
    ['a broken package.json', ['--yes'], { 'package.json': '{' }, 2, 'package.json is not valid JSON'],
    ['a schema with a mistake', ['--yes'], { 'schema.prisma': 'model Track {' }, 2, 'schema.prisma:1'],
    ['a file where the project is to be', ['x'], { x: '' }, 3, 'x is a file, and must be a folder'],
    ['a file where a folder is to be', ['--yes'], { src: '' }, 3, 'src is a file, and must be a folder'],
  ])('%s', async (_, args, files, exitCode, message) => {
    const folder = await temporaryFolder(files);
    const ended = await grpcStream(folder, ['init', ...args]);
    expect(ended).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
    expect(await filesIn(folder)).toEqual(files);
  });
});
