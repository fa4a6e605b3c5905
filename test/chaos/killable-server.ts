import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SERVER = join(import.meta.dirname, '../../dist/demo/generated/server.js');

/** The demo's server, in a process of its own. */
export interface KillableServer {
  readonly port: number;
  /** Ends it in the midst of whatever it does, and starts another where it was. */
  killAndRestart(): Promise<void>;
  /** Ends it as a deployment does, and starts another where it was. */
  replace(): Promise<void>;
  stop(): Promise<void>;
}

export async function startKillableServer(databaseUrl: string): Promise<KillableServer> {
  let { child, port } = await start(databaseUrl, 0);
  const end = async (signal: NodeJS.Signals) => {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const restart = async (signal: NodeJS.Signals) => {
    await end(signal);
    ({ child, port } = await start(databaseUrl, port));
  };
  return {
    get port() {
      return port;
    },
    killAndRestart: () => restart('SIGKILL'),
    replace: () => restart('SIGTERM'),
    stop: () => end('SIGKILL'),
  };
}

async function start(databaseUrl: string, wanted: number): Promise<{ child: ChildProcess; port: number }> {
  const env = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    GRPC_STREAM_PORT: `${wanted}`,
    GRPC_STREAM_SHUTDOWN_GRACE: '1',
  };
  const child = spawn(process.execPath, [SERVER], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const log = createInterface({ input: child.stderr });
  for await (const line of log) {
    const { msg, address = '' }: { msg?: string; address?: string } = JSON.parse(line);
    if (msg !== 'listening') continue;
    // Unread, its log would stop it.
    child.stderr.resume();
    return { child, port: Number(address.split(':').at(-1)) };
  }
  throw new Error('the server ended before it listened');
}
