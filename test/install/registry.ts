import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { PackedPackage } from './pack.js';

/** A registry on this machine. */
export interface Registry {
  readonly url: string;
  close(): void;
}

interface RegistryOptions {
  readonly packed: readonly PackedPackage[];
  /** The registry that is configured here. */
  readonly upstream: string;
  /** Builds of native packages by their names, such as `better-sqlite3-v12.11.1-node-v115-linux-x64.tar.gz`. */
  readonly builds: ReadonlyMap<string, string>;
}

/**
 * A registry of npm's with our packages, as they were packed. Every other question is sent on, so that a package manager installs ours as
 * it installs all others. It is also the host that native packages fetch their builds from.
 */
export async function openRegistry({ packed, upstream, builds }: RegistryOptions): Promise<Registry> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/').replace(/\?.*/, '');
    const described = packed.find(({ name }) => path === `/${name}`);
    const asked = packed.find((each) => path === tarballPath(each));
    if (described) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(describe(described, registry.url)));
    } else if (asked) createReadStream(asked.tarball).pipe(response);
    else if (path.startsWith(BUILDS)) {
      const build = builds.get(path.slice(path.lastIndexOf('/') + 1));
      if (build === undefined) response.writeHead(404).end();
      else createReadStream(build).pipe(response);
    } else response.writeHead(307, { location: new URL(request.url ?? '/', upstream).href }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the registry has no port');
  const registry = {
    url: `http://127.0.0.1:${address.port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return registry;
}

/** The path of all builds. */
export const BUILDS = '/-builds/';

/** Old enough for package managers that wait some days before they install a release. */
const RELEASED = '2020-01-01T00:00:00.000Z';

function describe(packed: PackedPackage, url: string): object {
  const { name, version, manifest, integrity, shasum } = packed;
  const tarball = new URL(tarballPath(packed), url).href;
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist: { tarball, integrity, shasum } } },
    time: { created: RELEASED, modified: RELEASED, [version]: RELEASED },
  };
}

function tarballPath({ name, version }: PackedPackage): string {
  return `/${name}/-/${name.replace(/^@[^/]*\//, '')}-${version}.tgz`;
}
