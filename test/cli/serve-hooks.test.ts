import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { cli, linkedProject, runNode } from '../support/linked-project.js';

const env = { GRPC_STREAM_TOKEN: 'open-sesame' };
let server: ChildProcess | undefined;
afterEach(stop);

async function stop(): Promise<void> {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}

it("a project's own hooks know who calls, though `serve` loads them through another copy of the runtime", async () => {
  const project = await linkedProject('sqlite');
  await runNode(project, [cli, 'generate']);
  await runNode(project, [cli, 'seed', '--model', 'Book', '--rows', '20']);
  await writeFile(join(project, 'src/grpc/services.ts'), hooksModule);
  const address = await serve(project);
  const rows = await runNode(project, [cli, 'read', 'Book', '--target', address], env);
  expect(rows.trim().split('\n')).toHaveLength(20);
});

it('an error of either package that a hook throws reaches the client as it is', async () => {
  const project = await linkedProject('sqlite');
  await runNode(project, [cli, 'generate']);
  await runNode(project, [cli, 'seed', '--model', 'Book', '--rows', '1']);
  for (const name of ['grpc-stream/runtime', '@grpc-stream/runtime']) {
    await writeFile(join(project, 'src/grpc/services.ts'), refusingModule(name));
    const read = serve(project).then((address) => runNode(project, [cli, 'read', 'Book', '--target', address], env));
    await expect(read).rejects.toThrow(`closed on Sundays, says ${name}`);
    await stop();
  }
});

const refusingModule = (name: string) => `
import { StreamError } from '${name}';
import type { ServiceHooks, StreamService } from '@grpc-stream/runtime';
import type { StreamedModels } from './generated/services.js';

export const hooks: ServiceHooks<StreamedModels> = {
  '*': {
    scope: () => {
      throw new StreamError('shop.closed', 'closed on Sundays, says ${name}', { status: 'FAILED_PRECONDITION', phase: 'request' });
    },
  },
};
export const ownServices = (): StreamService[] => [];
`;

/** Shows rows to a caller who is known, and none to anybody else. */
const hooksModule = `
import type { ServiceHooks, StreamService } from 'grpc-stream/runtime';
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
