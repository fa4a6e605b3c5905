import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Child, startChild } from './child-process.js';
import { cpuOperation } from './protocol.js';
import { soonSteadyFlags, USUAL_FLAGS } from './server-flags.js';

type ProcessName = 'database' | 'server' | 'client' | 'proxy';

interface ProcessPoolOptions {
  /** Where the compiled entries of the processes are. */
  readonly entries: URL;
  /** Node flags of the processes that load generated code. */
  readonly execArgv: readonly string[];
  /** Node flags of the servers whose speed is measured. Default: those that make a server steady soon. */
  readonly serverExecArgv?: readonly string[];
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly onPrepare?: (done: number, total: number) => void;
}

/** What is measured of a server, which decides how it is compiled. Default: its speed. */
export type ServerUse = 'speed' | 'memory';

/** The processes of a bench: started when needed, ended together. */
export interface ProcessPool {
  readonly pinned: boolean;
  /** Cores that are for the clients. */
  readonly clientCores: number;
  start(name: ProcessName, env: NodeJS.ProcessEnv, use?: ServerUse): Promise<Child>;
  /** Ends one before the others. */
  end(child: Child): Promise<void>;
  /** CPU time that the running ones have used. */
  cpuMicros(): Promise<number>;
  close(): Promise<void>;
}

/** Servers and clients are pinned to different cores if there are enough. */
export async function openProcessPool(options: ProcessPoolOptions): Promise<ProcessPool> {
  const [cores, flags] = await Promise.all([allowedCores(), options.serverExecArgv ?? soonSteadyFlags()]);
  const shares = shareCores(cores);
  const running = new Set<Child>();
  return {
    pinned: shares !== undefined,
    clientCores: shares?.client.length ?? 1,
    async start(name, env, use = 'speed') {
      const serverExecArgv = use === 'speed' ? flags : USUAL_FLAGS;
      const child = startProcess(name, env, { ...options, serverExecArgv });
      running.add(child);
      const own = shares && (name === 'server' || name === 'database' ? shares.server : shares.client);
      if (own && child.pid !== undefined) await pinProcess(child.pid, own);
      return child;
    },
    async end(child) {
      running.delete(child);
      await child.close();
    },
    async cpuMicros() {
      const used = await Promise.all([...running].map((child) => child.call(cpuOperation, undefined)));
      return used.reduce((sum, micros) => sum + micros, 0);
    },
    close: async () => void (await Promise.all([...running].map((child) => child.close()))),
  };
}

type StartOptions = ProcessPoolOptions & Required<Pick<ProcessPoolOptions, 'serverExecArgv'>>;

function startProcess(name: ProcessName, env: NodeJS.ProcessEnv, options: StartOptions): Child {
  const { entries, execArgv, serverExecArgv, cwd, signal, onPrepare } = options;
  const loadsProject = name === 'database' || name === 'server';
  return startChild({
    name,
    entry: new URL(`${name}-process.js`, entries),
    execArgv: [...(loadsProject ? execArgv : []), ...(name === 'server' ? serverExecArgv : [])],
    env,
    cwd,
    signal,
    ...(onPrepare ? { onProgress: onPrepare } : {}),
  });
}

/**
 * The folder of the compiled entries of the bench's processes in a build of this package; undefined without a build.
 *
 * @param packageRoot The folder of the package's `package.json`.
 */
export function processEntries(packageRoot: string): URL | undefined {
  const folder = join(packageRoot, 'dist', 'src', 'bench', 'processes');
  return existsSync(join(folder, 'server-process.js')) ? pathToFileURL(`${folder}/`) : undefined;
}

/** The cores to which each process is pinned. */
interface CoreShares {
  readonly server: readonly number[];
  readonly client: readonly number[];
}

/**
 * With fewer cores, a server on one core would share it with its garbage collector and its database's threads, and the bench would measure it
 * as slower than it is.
 */
const FEWEST_CORES = 4;

/** Half of the cores for the server, the others for the clients; undefined if there are too few. */
export function shareCores(cores: readonly number[]): CoreShares | undefined {
  if (cores.length < FEWEST_CORES) return undefined;
  const middle = Math.ceil(cores.length / 2);
  return { server: cores.slice(0, middle), client: cores.slice(middle) };
}

/** The cores that this process may use; empty if the system has no `taskset`. */
export async function allowedCores(): Promise<readonly number[]> {
  const answer = await taskset('-c', '-p', `${process.pid}`);
  const [, list = ''] = /: ([\d,-]+)\s*$/.exec(answer ?? '') ?? [];
  return list.split(',').flatMap(expand);
}

/** `4-6` → 4, 5, 6. */
function expand(range: string): number[] {
  const [from, to = from] = range.split('-').map(Number);
  if (from === undefined || to === undefined || range === '') return [];
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Pins all threads of a process to some cores. @returns Whether that worked. */
export async function pinProcess(pid: number, cores: readonly number[]): Promise<boolean> {
  return (await taskset('-a', '-c', '-p', cores.join(','), `${pid}`)) !== undefined;
}

/** Linux has it nearly everywhere; on other systems processes are not pinned. */
async function taskset(...args: readonly string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)('taskset', args)).stdout;
  } catch {
    return undefined;
  }
}
