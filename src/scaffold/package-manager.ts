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

/** The package manager whose lock file is nearest, in the folder or above it as in a monorepo; npm when there is none. */
export function packageManagerOf(folder: string): PackageManager {
  for (const [file, manager] of BY_LOCK_FILE) if (existsSync(resolve(folder, file))) return manager;
  const isRepositoryRoot = existsSync(resolve(folder, '.git'));
  return isRepositoryRoot || dirname(folder) === folder ? npm : packageManagerOf(dirname(folder));
}
