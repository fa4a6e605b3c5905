import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { BenchEnvironment } from '../results/index.js';
import type { Executor } from './executor.js';

/** The machine and the versions that a run's figures hold for; the commit is that of the repository around `cwd`. */
export async function describeEnvironment(
  { database, serverIdleRssBytes, pinned }: Executor,
  cwd: string,
): Promise<BenchEnvironment> {
  return {
    ...describeMachine(),
    node: process.version,
    packages: packageVersions(),
    database,
    serverIdleRssMb: serverIdleRssBytes === null ? null : serverIdleRssBytes / 1e6,
    governor: await readGovernor(),
    commit: await readCommit(cwd),
    pinned,
  };
}

/** The part that must be equal in a baseline and a run. */
export function describeMachine(): Pick<BenchEnvironment, 'cpu' | 'cores' | 'memoryMb' | 'os'> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 1e6),
    os: `${platform()} ${release()} ${arch()}`,
  };
}

/** Packages whose version changes the figures. */
const PACKAGES = [
  '@grpc/grpc-js',
  '@prisma/client',
  '@prisma/adapter-better-sqlite3',
  'better-sqlite3',
  '@prisma/adapter-pg',
  '@prisma/adapter-mariadb',
];

function packageVersions(): Record<string, string> {
  const own = versionAbove(import.meta.url, 'grpc-stream');
  const found = PACKAGES.map((name): [string, string | undefined] => [name, versionOf(name)]);
  return Object.fromEntries(
    [['grpc-stream', own] as const, ...found].flatMap(([name, version]) => (version ? [[name, version]] : [])),
  );
}

function versionOf(name: string): string | undefined {
  try {
    return versionAbove(import.meta.resolve(name), name);
  } catch {
    return undefined;
  }
}

const packageFile = z.object({ name: z.string().optional(), version: z.string().optional() });

/** Walks up from a module to the `package.json` of its package; most packages do not export theirs. */
function versionAbove(url: string, name: string): string | undefined {
  let folder = dirname(fileURLToPath(url));
  while (dirname(folder) !== folder) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const parsed = packageFile.parse(JSON.parse(readFileSync(file, 'utf8')));
      if (parsed.name === name) return parsed.version;
    }
    folder = dirname(folder);
  }
  return undefined;
}

/** The CPU governor of the first core on Linux, such as `performance` or `powersave`; null if unknown. */
async function readGovernor(): Promise<string | null> {
  return (await readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')) ?? null;
}

/** A missing file of the system means that the value is unknown, which is not an error. */
async function readText(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text?.trim();
}

/** The commit of the repository around a folder, with a `+` when files had changed; null outside a repository. */
async function readCommit(folder: string): Promise<string | null> {
  const commit = await git(folder, 'rev-parse', '--short=12', 'HEAD');
  if (!commit) return null;
  const changed = await git(folder, 'status', '--porcelain', '--untracked-files=no');
  return changed ? `${commit}+` : commit;
}

/** In a repository for which git needs longer, the commit is left unknown. */
const GIT_TIMEOUT_MS = 3000;

async function git(folder: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', folder, ...args], { timeout: GIT_TIMEOUT_MS });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** The state of the machine at the start of a bench that affects the quality of the figures. */
export interface MachineState {
  readonly debugger: boolean;
  readonly battery: boolean;
  /** Whether this node was compiled without optimisation. */
  readonly debugBuild: boolean;
}

export async function readMachineState(): Promise<MachineState> {
  return {
    debugger: [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((option) => /--(inspect|prof)\b/.test(option)),
    battery: await runsOnBattery(),
    debugBuild: process.config.target_defaults.default_configuration === 'Debug',
  };
}

const POWER_SUPPLIES = '/sys/class/power_supply';

/** Whether a battery is discharging, which slows most machines; false if unknown. */
async function runsOnBattery(): Promise<boolean> {
  const supplies = await readdir(POWER_SUPPLIES).catch(() => []);
  const states = await Promise.all(supplies.map((name) => readText(join(POWER_SUPPLIES, name, 'status'))));
  return states.includes('Discharging');
}

/** The system counts busy time in ticks: over a shorter time, rounding dominates. */
const LEAST_MS = 1000;

/**
 * Begins to watch how much of the machine's cores other programs use.
 *
 * @returns A function that returns how many cores they kept busy since then, on average; null when the system counts cores of other
 * containers, the bench's processes do not answer, or too little time has passed.
 */
export async function watchForeignLoad({
  cpuMicros,
}: Pick<Executor, 'cpuMicros'>): Promise<() => Promise<number | null>> {
  const begin = await readLoad(cpuMicros);
  return async () => {
    const end = await readLoad(cpuMicros);
    if (begin === null || end === null || end.at - begin.at < LEAST_MS) return null;
    const foreignMs = end.busyMs - begin.busyMs - (end.ownMs - begin.ownMs);
    return Math.max(0, foreignMs / (end.at - begin.at));
  };
}

async function readLoad(cpuMicros: Executor['cpuMicros']) {
  const cores = cpus();
  const ofChildren = await cpuMicros();
  if (ofChildren === null || cores.length !== availableParallelism()) return null;
  const { user, system } = process.cpuUsage();
  const busyMs = cores.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { at: performance.now(), busyMs, ownMs: (user + system + ofChildren) / 1000 };
}
