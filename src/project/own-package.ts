import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../errors/index.js';

/** The grpc-stream that runs, as its own `package.json` describes it. */
export interface OwnPackage {
  /** The folder with `package.json` and `templates/`. */
  readonly root: string;
  readonly version: string;
  /** Whether it runs from a checkout, not from an installed package. */
  readonly isCheckout: boolean;
  /** The releases of Node that it supports, as a range. */
  readonly nodeRange: string;
  /** The releases of other packages that it works with and is tested with, as ranges by name. */
  readonly ranges: Readonly<Record<string, string>>;
}

type Ranges = Readonly<Record<string, string>>;

interface Manifest {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly dependencies: Ranges;
  readonly devDependencies: Ranges;
  readonly optionalDependencies: Ranges;
  readonly peerDependencies: Ranges;
}

export function readOwnPackage(root = packageRoot()): OwnPackage {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    root,
    version: manifest.version,
    isCheckout: !root.split(sep).includes('node_modules'),
    nodeRange: manifest.engines.node,
    // What a project must have says more than what this package is built with.
    ranges: {
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
      ...manifest.dependencies,
      ...manifest.peerDependencies,
    },
  };
}

/**
 * The releases of a package that a project may have. Prisma's packages are released together and must be of one release: all have the
 * range of `prisma`.
 *
 * @throws InternalError for a package that is not in our own `package.json`.
 */
export function rangeOf(name: string, { ranges }: Pick<OwnPackage, 'ranges'>): string {
  const range = ranges[name.startsWith('@prisma/') ? 'prisma' : name];
  if (range === undefined) throw new InternalError(`${name} is not in the package.json of grpc-stream`);
  return range;
}

/** The folder of this package's own `package.json`, whether run from `dist/` or from source. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new InternalError('grpc-stream cannot find its own package.json');
    folder = parent;
  }
  return folder;
}
