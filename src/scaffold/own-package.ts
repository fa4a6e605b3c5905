import { readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { z } from 'zod';

/** What a new project has to know of the grpc-stream that makes it. */
export interface OwnPackage {
  /** The folder with our `package.json` and `templates/`. */
  readonly root: string;
  /** What a project's `package.json` says to depend on us. */
  readonly dependency: string;
  /** Run from a git checkout: the dependency is a path, good on this machine only. */
  readonly isCheckout: boolean;
  /** The Prisma we are built for, as a range. */
  readonly prismaRange: string;
}

const manifest = z.object({ version: z.string(), peerDependencies: z.object({ prisma: z.string() }) });

export async function readOwnPackage(root: string): Promise<OwnPackage> {
  const { version, peerDependencies } = manifest.parse(
    JSON.parse(await readFile(resolve(root, 'package.json'), 'utf8')),
  );
  const isCheckout = !root.split(sep).includes('node_modules');
  return {
    root,
    isCheckout,
    // A link, npm's default for a path: it follows the checkout's builds, and leaves the checkout's own node_modules alone.
    dependency: isCheckout ? `file:${root.split(sep).join('/')}` : `^${version}`,
    prismaRange: peerDependencies.prisma,
  };
}
