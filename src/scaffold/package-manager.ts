import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** How a project installs its packages, and runs the commands they bring. */
export interface PackageManager {
  readonly name: 'npm' | 'pnpm' | 'yarn' | 'bun';
  /** Runs an installed command: `npx grpc-stream`. */
  readonly exec: string;
}

const npm: PackageManager = { name: 'npm', exec: 'npx' };

const BY_LOCK_FILE: ReadonlyMap<string, PackageManager> = new Map([
  ['package-lock.json', npm],
  ['pnpm-lock.yaml', { name: 'pnpm', exec: 'pnpm exec' }],
  ['yarn.lock', { name: 'yarn', exec: 'yarn' }],
  ['bun.lock', { name: 'bun', exec: 'bunx' }],
  ['bun.lockb', { name: 'bun', exec: 'bunx' }],
]);

/** The package manager whose lock file is in the folder or, as in a monorepo, above it in its repository; else npm. */
export function packageManagerOf(folder: string): PackageManager {
  for (const candidate of upToRepository(folder)) {
    for (const [file, manager] of BY_LOCK_FILE) if (existsSync(resolve(candidate, file))) return manager;
  }
  return npm;
}

/** The folder and its parents up to the repository's root; the folder alone where there is no repository. */
function upToRepository(folder: string): string[] {
  const folders = [folder];
  for (let current = folder; !existsSync(resolve(current, '.git')); folders.push(current)) {
    const parent = dirname(current);
    if (parent === current) return [folder];
    current = parent;
  }
  return folders;
}
