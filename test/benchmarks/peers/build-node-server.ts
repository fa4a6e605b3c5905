import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../../support/temporary-folder.js';

/**
 * Compiles the servers that are written in TypeScript: a server that compiles itself takes more memory, and keeps its compiler.
 *
 * @returns The file, as deep in the checkout as its source, so that what it imports is found.
 */
export async function buildNodeServer(): Promise<string> {
  const outdir = join(packageRoot, 'node_modules/.cache/peers');
  await build({
    entryPoints: [join(import.meta.dirname, 'node-server.ts')],
    outdir,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
  });
  return join(outdir, 'node-server.mjs');
}
