import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { cli, linkedProject, runNode } from '../support/linked-project.js';

const env = { GRPC_STREAM_TOKEN: 'open-sesame' };
let server: ChildProcess | undefined;
afterEach(async () => {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
});

let folder: string;
let project: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grpc-stream-hooks-'));
  project = await linkedProject('sqlite', folder);
  await runNode(project, [cli, 'generate']);
  await runNode(project, [cli, 'seed', '--model', 'Book', '--rows', '20']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const readFrom = (address: string) => runNode(project, [cli, 'read', 'Book', '--target', address], env);

it("a project's own hooks know who calls, though `serve` loads them through another copy of the runtime", async () => {
  await writeFile(join(project, 'src/grpc/services.ts'), hooksModule);
  const rows = await readFrom(await serve(project));
  expect(rows.trim().split('\n')).toHaveLength(20);
});

it('an error that a hook has from another package than the generated code reaches the client as it is', async () => {
  await writeFile(join(project, 'src/grpc/services.ts'), refusingModule);
  await expect(readFrom(await serve(project))).rejects.toThrow('closed on Sundays');
});

const refusingModule = `
import { StreamError } from 'grpc-stream/runtime';
import type { ServiceHooks, StreamService } from '@grpc-stream/runtime';
import type { StreamedModels } from './generated/services.js';

export const hooks: ServiceHooks<StreamedModels> = {
  '*': {
    scope: () => {
      throw new StreamError('shop.closed', 'closed on Sundays', { status: 'FAILED_PRECONDITION', phase: 'request' });
    },
  },
};
export const ownServices = (): StreamService[] => [];
`;

/** Shows rows to a caller who is known, and none to anybody else. */
const hooksModule = `
import type { ServiceHooks, StreamService } from '@grpc-stream/runtime';
import type { StreamedModels } from './generated/services.js';

export const hooks: ServiceHooks<StreamedModels> = {
  '*': { scope: ({ principal }) => (principal ? {} : { id: -1 }) },
};
export const ownServices = (): StreamService[] => [];
`;

async function serve(project: string): Promise<string> {
  server = spawn(process.execPath, [cli, 'serve', '--port', '0', '--json'], {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
    return JSON.parse(line).address;
  }
  throw new Error('the server ended before it listened');
}
