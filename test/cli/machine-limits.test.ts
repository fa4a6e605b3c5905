import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli } from '../support/spawn-cli.js';
import { packageRoot } from '../support/temporary-folder.js';

const isWindows = process.platform === 'win32';

it.skipIf(isWindows).each([20, 30, 40, 64, 100])(
  'a command that may open %i files says so, and how to raise the limit',
  async (files) => {
    const { exitCode, stderr } = await shell(`ulimit -n ${files} && exec "$0" "$1" serve --port 0`, packageRoot);
    expect(stderr).toContain(`error this process cannot open more files: it may open ${files} at a time\n`);
    expect(stderr).toContain('ulimit -n 1024');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(exitCode).toBe(3);
  },
);

it.skipIf(isWindows).each(['serve', 'generate', '--help'])(
  'in a folder that was deleted, %s says so',
  async (command) => {
    const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-gone-'));
    const { exitCode, stderr } = await shell(`rmdir "$PWD" && exec "$0" "$1" ${command}`, folder);
    expect(stderr).toContain('error the folder that this command was started in does not exist any more\n');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(exitCode).toBe(3);
  },
);

function shell(script: string, cwd: string): Promise<{ exitCode: unknown; stderr: string }> {
  const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', script, process.execPath, cli], { cwd, env, timeout: 60_000 }, (error, _, stderr) =>
      resolve({ exitCode: error?.code ?? 0, stderr }),
    );
  });
}
