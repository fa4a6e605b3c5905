import { existsSync, readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { BenchEnvironment } from '../../results/index.js';
import type { Executor } from '../rounds/executor.js';
import { readCommit, readGovernor } from './environment-facts.js';

/** Packages whose version moves the figures. */
const PACKAGES = [
  '@grpc/grpc-js',
  '@prisma/client',
  '@prisma/adapter-better-sqlite3',
  'better-sqlite3',
  '@prisma/adapter-pg',
  '@prisma/adapter-mariadb',
];

/** The machine and the versions that a run's figures hold for; `cwd` is where a repository is looked for. */
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

/** What of it a baseline must have in common with a run. */
export function describeMachine(): Pick<BenchEnvironment, 'cpu' | 'cores' | 'memoryMb' | 'os'> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 1e6),
    os: `${platform()} ${release()} ${arch()}`,
  };
}

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
