import { type Child, startChild } from './child-process.js';
import { allowedCores, pinProcess, shareCores } from './pin-process.js';
import { askCpu } from './protocol.js';

export type ProcessName = 'database' | 'server' | 'client' | 'proxy';

export interface ProcessPoolOptions {
  /** Where the compiled entries of the processes are. */
  readonly entries: URL;
  /** Node flags of the processes that load generated code. */
  readonly execArgv: readonly string[];
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly onPrepare?: (done: number, total: number) => void;
}

/** The processes of a bench: started when needed, ended together. */
export interface ProcessPool {
  readonly pinned: boolean;
  start(name: ProcessName, env: NodeJS.ProcessEnv): Promise<Child>;
  /** Ends one before the others. */
  end(child: Child): Promise<void>;
  /** CPU time that those which run have used. */
  cpuMicros(): Promise<number>;
  close(): Promise<void>;
}

/** Servers and clients are kept apart where there are cores enough. */
export async function openProcessPool(options: ProcessPoolOptions): Promise<ProcessPool> {
  const shares = shareCores(await allowedCores());
  const running = new Set<Child>();
  return {
    pinned: shares !== undefined,
    async start(name, env) {
      const child = startProcess(name, env, options);
      running.add(child);
      const cores = shares && (name === 'server' || name === 'database' ? shares.server : shares.client);
      if (cores && child.pid !== undefined) await pinProcess(child.pid, cores);
      return child;
    },
    async end(child) {
      running.delete(child);
      await child.close();
    },
    async cpuMicros() {
      const used = await Promise.all([...running].map((child) => child.call(askCpu, undefined)));
      return used.reduce((sum, micros) => sum + micros, 0);
    },
    close: async () => void (await Promise.all([...running].map((child) => child.close()))),
  };
}

function startProcess(name: ProcessName, env: NodeJS.ProcessEnv, options: ProcessPoolOptions): Child {
  const { entries, execArgv, cwd, signal, onPrepare } = options;
  const loadsProject = name === 'database' || name === 'server';
  return startChild({
    name,
    entry: new URL(`${name}-process.js`, entries),
    execArgv: [...(loadsProject ? execArgv : []), '--expose-gc'],
    env,
    cwd,
    signal,
    ...(onPrepare ? { onProgress: onPrepare } : {}),
  });
}
