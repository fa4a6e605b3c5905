import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';

/** A file of the page, as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

/** By the package's own name: the same file from its sources and from what is built of them. */
const OWN_MANIFEST = 'grpc-stream/package.json';

/** All that the page is made of; nothing else in its folder is ever sent. */
const FILES: Readonly<Record<string, string>> = {
  '/': 'index.html',
  '/page.css': 'page.css',
  '/page.js': 'page.js',
  '/live-figures.js': 'live-figures.js',
  '/parse-metrics.js': 'parse-metrics.js',
  '/icon.svg': 'icon.svg',
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Reads the live page, by the path of each file's URL. */
export async function readLivePage(): Promise<ReadonlyMap<string, PageFile>> {
  const root = dirname(createRequire(import.meta.url).resolve(OWN_MANIFEST));
  const files = Object.entries(FILES).map(async ([path, name]) => {
    const body = await readFile(join(root, 'templates/live-page', name));
    return [path, { type: TYPES[extname(name)] ?? 'application/octet-stream', body }] as const;
  });
  return new Map(await Promise.all(files));
}
