import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { cli } from '../support/linked-project.js';

export interface KillableServerOptions {
  /** A generated project's. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Called when it ends unasked, with the last it said. */
  readonly onDeath: (error: Error) => void;
}

/** A project's server, in a process of its own. */
export interface KillableServer {
  readonly port: number;
  readonly told: ServerTally;
  /** Ends it in the midst of whatever it does, and starts another where it was. */
  killAndRestart(): Promise<void>;
  /** Ends it as a deployment does, and starts another where it was. */
  replace(): Promise<void>;
  /** Ends it as a deployment does. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** What the logs of all its lives say. */
export interface ServerTally {
  /** Calls by the status that they ended with. */
  readonly statuses: Record<string, number>;
  /** Queries that were asked again. */
  rereads: number;
  /** The errors that it told of, each once: what a status does not say. */
  readonly errors: Set<string>;
}

/** Lines that are kept of what it says, for the day that it dies. */
const LAST_LINES = 20;

export async function startKillableServer(options: KillableServerOptions): Promise<KillableServer> {
  const told: ServerTally = { statuses: {}, rereads: 0, errors: new Set() };
  let { child, port } = await start(options, 0, told);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return undefined;
    child.removeAllListeners('exit');
    const exited = once(child, 'exit');
    child.kill(signal);
    return (await exited)[0];
  };
  const endWell = async () => {
    const code = await end('SIGTERM');
    if (code !== 0) throw new Error(`a server that was told to end did so with ${code}`);
  };
  const restart = async () => {
    ({ child, port } = await start(options, port, told));
  };
  return {
    port,
    told,
    killAndRestart: () => end('SIGKILL').then(restart),
    replace: () => endWell().then(restart),
    stop: endWell,
    kill: async () => void (await end('SIGKILL')),
  };
}

async function start(
  { folder, env, onDeath }: KillableServerOptions,
  wanted: number,
  told: ServerTally,
): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [cli, 'serve', '--port', `${wanted}`], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const last: string[] = [];
  return new Promise((resolve, reject) => {
    child.on('exit', (code, signal) => {
      const error = new Error(`the server ended by itself (${code ?? signal}):\n${last.join('\n')}`);
      reject(error);
      onDeath(error);
    });
    createInterface({ input: child.stderr }).on('line', (text) => {
      last.push(text);
      if (last.length > LAST_LINES) last.shift();
      const line = parsed(text);
      if (line?.msg === 'listening') resolve({ child, port: Number(String(line.address).split(':').at(-1)) });
      else if (line) count(line, told);
    });
  });
}

type LogLine = Readonly<Record<string, unknown>>;

function count({ name, msg, status, err }: LogLine, told: ServerTally): void {
  if (name === 'grpc-stream.access') told.statuses[String(status)] = (told.statuses[String(status)] ?? 0) + 1;
  else if (String(msg).startsWith('Database connection lost')) told.rereads++;
  else if (err !== undefined) told.errors.add(`${msg}: ${Reflect.get(Object(err), 'message')}`);
}

/** What is not of the log, such as a warning of Node's, is nothing to look at. */
function parsed(text: string): LogLine | undefined {
  return text.startsWith('{') ? JSON.parse(text) : undefined;
}
