import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const checkout = resolve(import.meta.dirname, '../..');

/** A package as it is published. */
export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly tarball: string;
  readonly integrity: string;
  readonly shasum: string;
}

/** The folders of the two packages that are published together. */
const PACKAGES = ['.', 'dist/runtime-package'].map((path) => join(checkout, path));

/**
 * Packs this checkout, which has been built: the whole package, and the runtime. Both have one version, which is new each time: no package
 * manager takes an older one from its cache.
 */
export async function packPackages(folder: string): Promise<readonly [PackedPackage, PackedPackage]> {
  const suffix = `-install.${Date.now()}`;
  const [whole, runtime] = await Promise.all(
    PACKAGES.map((path, index) => packAs(path, join(folder, `${index}`), suffix)),
  );
  if (!whole || !runtime) throw new Error('two packages are published');
  return [whole, runtime];
}

async function packAs(from: string, folder: string, suffix: string): Promise<PackedPackage> {
  await mkdir(folder);
  const published = await pack(from, folder);
  await run('tar', ['-xzf', published.tarball, '-C', folder]);
  const path = join(folder, 'package/package.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  manifest.version += suffix;
  await writeFile(path, JSON.stringify(manifest, null, 2));
  return { ...(await pack(join(folder, 'package'), folder)), name: manifest.name, version: manifest.version, manifest };
}

async function pack(from: string, to: string): Promise<Pick<PackedPackage, 'tarball' | 'integrity' | 'shasum'>> {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', to], { cwd: from });
  const [{ filename, integrity, shasum }]: [{ filename: string; integrity: string; shasum: string }] =
    JSON.parse(stdout);
  return { tarball: join(to, filename), integrity, shasum };
}

/** Packs the build of SQLite's driver that this checkout has, as its release has it: compiling it takes minutes. */
export async function packSqlite(folder: string): Promise<ReadonlyMap<string, string>> {
  const root = join(checkout, 'node_modules/better-sqlite3');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const name = `better-sqlite3-v${version}-node-v${process.versions.modules}-${process.platform}-${process.arch}.tar.gz`;
  const tarball = join(folder, name);
  await run('tar', ['-czf', tarball, '-C', root, 'build/Release/better_sqlite3.node']);
  return new Map([[name, tarball]]);
}
