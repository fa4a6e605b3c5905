import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as sources from '../../src/errors/index.js';
import { packageOf, scanImports } from '../architecture/scan-imports.js';
import { type Packed, packed, resolvesEverywhere } from '../support/packed.js';
import { suiteFolder } from '../support/suite-folder.js';
import { packageRoot } from '../support/temporary-folder.js';

const folder = join(packageRoot, 'dist/runtime-package');
const MODULE = /^dist\/[^/]+\.js$/;
const manifestIn = async (path: string) => JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));

describe('@grpc-stream/runtime', () => {
  let runtime: Packed;
  let manifest: {
    readonly version: string;
    readonly exports: Readonly<Record<string, unknown>>;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly peerDependencies: Readonly<Record<string, string>>;
    readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
  };
  const suite = suiteFolder();
  beforeAll(async () => {
    runtime = await packed(folder, suite.path);
    manifest = await manifestIn(folder);
  });

  it('has the version, the ranges and the entries of the package that it is a part of', async () => {
    const whole = await manifestIn(packageRoot);
    expect(manifest.version).toBe(whole.version);
    expect({ ...whole.dependencies, ...whole.peerDependencies }).toMatchObject({
      ...manifest.dependencies,
      ...manifest.peerDependencies,
    });
    const entries = Object.keys(whole.exports).filter((name) => name !== '.' && name !== './bench-result.schema.json');
    expect(Object.keys(manifest.exports).sort()).toEqual(
      entries.map((name) => (name === './runtime' ? '.' : name)).sort(),
    );
  });

  it('has what runs when rows stream, and nothing of what builds and measures', async () => {
    const modules = runtime.paths.filter((path) => MODULE.test(path));
    const code = await Promise.all(modules.map((path) => readFile(join(folder, path), 'utf8')));
    // esbuild names each file where its code begins.
    const bundled = code.flatMap((text) => [...text.matchAll(/^\/\/ (\S+)$/gm)].map(([, path]) => path ?? ''));
    const rooms = [...bundled, ...runtime.paths].flatMap((path) => /^dist\/src\/([^/]+)\//.exec(path)?.[1] ?? []);
    expect([...new Set(rooms)].sort()).toEqual([
      'client',
      'config',
      'errors',
      'model',
      'runtime',
      'server',
      'testing',
      'waits',
    ]);
    const others = runtime.paths.map((path) => path.split('/').slice(0, 2).join('/'));
    expect([...new Set(others.map((path) => path.replace(/-[0-9A-Z]{8}\.js$/, '-*.js')))].sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist/chunk-*.js',
      'dist/client.js',
      'dist/commonjs',
      'dist/config.js',
      'dist/grpc-stream-health.js',
      'dist/health-command-*.js',
      'dist/runtime.js',
      'dist/server.js',
      'dist/sqlite-thread.js',
      'dist/src',
      'dist/testing.js',
      'package.json',
      'templates/live-page',
    ]);
  });

  it('is a dozen files of code, so that a server starts soon', () => {
    expect(runtime.paths.filter((path) => MODULE.test(path)).length).toBeLessThan(20);
    expect(runtime.paths.filter((path) => /^dist\/src\/.*(?<!\.d\.ts)$/.test(path))).toEqual([]);
  });

  it('depends on the packages that its files import, and on no other', async () => {
    const code = runtime.paths.filter((path) => /^dist\/([^/]+\.js|src\/.*\.d\.ts)$/.test(path));
    const imported = new Set<string>();
    for (const path of code) {
      for (const { specifier } of scanImports(await readFile(join(folder, path), 'utf8'))) {
        const name = specifier.startsWith('#') ? undefined : packageOf(specifier);
        if (name !== undefined) imported.add(name);
      }
    }
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
    expect(Object.keys(declared).sort()).toEqual([...imported].sort());
    const optional = Object.keys(manifest.peerDependenciesMeta).sort();
    expect(optional).toEqual(['@opentelemetry/api', '@opentelemetry/sdk-node', 'pino-pretty', 'prom-client']);
  });

  it('resolves with its types for every way to import it', async () => {
    await resolvesEverywhere(runtime);
  });
});

describe('the errors of two copies in a process', () => {
  it('are instances for both', async () => {
    const copy: typeof sources = await import(join(packageRoot, 'dist/src/errors/index.js'));
    expect(copy.StreamError).not.toBe(sources.StreamError);
    const options = { status: 'ABORTED', phase: 'request' } as const;
    for (const [here, there] of [
      [copy, sources],
      [sources, copy],
    ] as const) {
      const error = new there.StreamError('stream.test', 'said', options);
      expect(error).toBeInstanceOf(here.StreamError);
      expect(error).toBeInstanceOf(here.GrpcStreamError);
      expect(error).not.toBeInstanceOf(here.UsageError);
      expect(new there.InternalError('said')).not.toBeInstanceOf(here.GrpcStreamError);
      expect(new Error('said')).not.toBeInstanceOf(here.StreamError);
      class Own extends here.StreamError {}
      expect(error).not.toBeInstanceOf(Own);
      expect(new Own('stream.test', 'said', options)).toBeInstanceOf(there.StreamError);
      expect(new Own('stream.test', 'said', options)).toBeInstanceOf(Own);
    }
  });
});
