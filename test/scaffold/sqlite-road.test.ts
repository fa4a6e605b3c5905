import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { cli, linkedProject, runNode } from '../support/linked-project.js';

test('a new project streams its seeded table to its own client, in the order of the key', async () => {
  const folder = await linkedProject('sqlite');
  await runNode(folder, [cli, 'generate', '--quiet']);
  await runNode(folder, [cli, 'seed', '--rows', '200', '--quiet']);
  const server = await serve(folder);
  const printed = await runNode(folder, ['--import', 'tsx', 'src/client.ts'], { GRPC_ADDRESS: server.address });
  const lines = printed.trim().split('\n');
  expect(lines.map((line) => Number(line.split('\t')[0]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(lines.every((line) => /^\d+\t\S/.test(line))).toBe(true);
  expect(await server.stop()).toBe(0);
});

type Server = ChildProcessByStdio<null, Readable, null>;

async function serve(folder: string): Promise<{ readonly address: string; stop(): Promise<number | null> }> {
  const child: Server = spawn(process.execPath, [cli, 'serve', '--port', '0', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const firstLine = once(createInterface(child.stdout), 'line').then(([line]) => JSON.parse(line));
  const failed = ended.then(([code]) => Promise.reject(new Error(`serve ended with ${code} before it listened`)));
  const { address } = await Promise.race([firstLine, failed]);
  failed.catch(() => undefined);
  return {
    address,
    stop: async () => {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}
