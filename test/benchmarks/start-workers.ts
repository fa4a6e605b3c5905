import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { cli } from '../support/linked-project.js';

/** A project's server, of so many processes. */
export interface Workers {
  readonly address: string;
  stop(): Promise<void>;
}

export async function startWorkers(
  folder: string,
  env: Readonly<Record<string, string>>,
  workers: number,
): Promise<Workers> {
  const server = spawn(process.execPath, [cli, 'serve', '--port', '0', '--json', '--workers', `${workers}`], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(server, 'exit');
  for await (const line of createInterface({ input: server.stdout })) {
    const { address }: { address: string } = JSON.parse(line);
    return {
      address,
      async stop() {
        server.kill();
        await exited;
      },
    };
  }
  throw new Error(`the server of ${workers} workers did not start: ${await exited}`);
}
