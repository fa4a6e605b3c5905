import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ScaffoldProvider } from '../../src/scaffold/index.js';
import type { RunningDatabase } from './databases.js';
import { cli, linkedProject, runNode } from './linked-project.js';

export type LogLine = Readonly<Record<string, unknown>>;

/** The server of a project that `init` made, in a process of its own. */
export interface ServedProject {
  readonly address: string;
  readonly pid: number;
  /** Waits for the next line of its log with such a message. */
  logLine(message: string | RegExp): Promise<LogLine>;
  /** All that it has said so far. */
  said(): string;
  /** Tells it to end. @returns Its exit code. */
  terminate(): Promise<number | null>;
  /** Ends it, if it still runs. */
  kill(): Promise<void>;
}

/** A new project, generated, in a folder of its own; whoever makes it removes it. */
export async function generatedProject(
  provider: ScaffoldProvider,
  { schema }: GeneratedProjectOptions = {},
): Promise<{ folder: string; remove(): Promise<void> }> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'grpc-stream-story-')));
  const folder = await linkedProject(provider, parent);
  if (schema) {
    const path = join(folder, 'prisma/schema.prisma');
    await writeFile(path, schema(await readFile(path, 'utf8')));
  }
  await runNode(folder, [cli, 'generate', '--quiet']);
  return { folder, remove: () => rm(parent, { recursive: true, force: true }) };
}

export interface GeneratedProjectOptions {
  /** Changes the schema of the template. */
  readonly schema?: (schema: string) => string;
}

export interface ServeProjectOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What is run: the command line, or the entry that `generate` wrote. Default: `serve`. */
  readonly entry?: keyof typeof ENTRIES;
}

const ENTRIES = {
  serve: [cli, 'serve'],
  'server.ts': ['--import', 'tsx', 'src/grpc/generated/server.ts'],
  'server.js': ['dist/src/grpc/generated/server.js'],
} as const;

/** Starts a project's server. */
export async function serveProject(
  folder: string,
  { url }: Pick<RunningDatabase, 'url'>,
  { env = {}, entry = 'serve' }: ServeProjectOptions = {},
): Promise<ServedProject> {
  const server = spawn(process.execPath, ENTRIES[entry], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: url, NODE_ENV: 'production', GRPC_STREAM_PORT: '0', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  const log = createInterface({ input: server.stderr })
    .on('line', (line) => said.push(line))
    [Symbol.asyncIterator]();
  const exited = once(server, 'exit');
  const end = async (signal: NodeJS.Signals) => {
    if (isRunning(server)) server.kill(signal);
    return (await exited)[0] as number | null;
  };
  const logLine = (message: string | RegExp) => nextLine(log, message);
  const { address } = await logLine('listening');
  return {
    address: String(address),
    pid: server.pid ?? 0,
    logLine,
    said: () => said.join('\n'),
    terminate: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function nextLine(log: AsyncIterator<string>, message: string | RegExp): Promise<LogLine> {
  const seen: string[] = [];
  for (;;) {
    const { value, done } = await log.next();
    if (done) throw new Error(`the server ended before it logged ${message}:\n${seen.join('\n')}`);
    seen.push(value);
    const line = parsed(value);
    if (line && String(line.msg).match(message)) return line;
  }
}

/** What is not of the log, such as a warning of Node's, is nothing to look at. */
function parsed(text: string): LogLine | undefined {
  return text.startsWith('{') ? JSON.parse(text) : undefined;
}
