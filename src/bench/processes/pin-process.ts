import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Which cores each process keeps to. */
export interface CoreShares {
  readonly server: readonly number[];
  readonly client: readonly number[];
}

/**
 * With fewer, a server that is kept to one core would share it with its own garbage collector and its database's threads,
 * and would be measured as slower than it is.
 */
const FEWEST_CORES = 4;

/** Half of the cores for the server, the others for the clients; none where there are too few to part. */
export function shareCores(cores: readonly number[]): CoreShares | undefined {
  if (cores.length < FEWEST_CORES) return undefined;
  const middle = Math.ceil(cores.length / 2);
  return { server: cores.slice(0, middle), client: cores.slice(middle) };
}

/** The cores that this process may use; empty where the system has no `taskset` to ask. */
export async function allowedCores(): Promise<readonly number[]> {
  const answer = await taskset('-c', '-p', `${process.pid}`);
  const [, list = ''] = /: ([\d,-]+)\s*$/.exec(answer ?? '') ?? [];
  return list.split(',').flatMap(expand);
}

/** Keeps all threads of a process to some cores. @returns Whether the system did so. */
export async function pinProcess(pid: number, cores: readonly number[]): Promise<boolean> {
  return (await taskset('-a', '-c', '-p', cores.join(','), `${pid}`)) !== undefined;
}

/** `4-6` → 4, 5, 6. */
function expand(range: string): number[] {
  const [from, to = from] = range.split('-').map(Number);
  if (from === undefined || to === undefined || range === '') return [];
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Linux has it nearly everywhere; elsewhere processes are where the system puts them. */
async function taskset(...args: readonly string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)('taskset', args)).stdout;
  } catch {
    return undefined;
  }
}
