import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { StreamLogger } from '../../runtime/index.js';

export interface MetricsHandlerOptions {
  readonly register: { readonly contentType: string; metrics(): Promise<string> };
  readonly page: ReadonlyMap<string, PageFile>;
  readonly unhealthy?: (() => string | undefined) | undefined;
  readonly logger?: StreamLogger | undefined;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

/** The page runs its own files and asks its own server; nothing else, and nowhere else. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const TEXT = 'text/plain; charset=utf-8';

/** Answers requests for metrics, health and the live page. */
export function metricsHandler({ page, logger, ...options }: MetricsHandlerOptions) {
  const collect = shared(() => options.register.metrics());

  async function answer(path: string): Promise<Answer> {
    if (path === '/metrics') return { status: 200, type: options.register.contentType, body: await collect() };
    if (path === '/healthz') return health(options.unhealthy?.());
    const file = page.get(path);
    return file ? { status: 200, ...file } : { status: 404, type: TEXT, body: 'not found\n' };
  }

  return async ({ method = '', url = '' }: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(response, { status: 405, type: TEXT, body: 'only GET and HEAD\n' });
    }
    try {
      send(response, await answer(url.split('?', 1)[0] ?? ''));
    } catch (err) {
      logger?.error({ err }, 'metrics could not be collected');
      send(response, { status: 500, type: TEXT, body: 'the metrics could not be collected; see the log\n' });
    }
  };
}

function health(unhealthy: string | undefined): Answer {
  return { status: unhealthy === undefined ? 200 : 503, type: TEXT, body: `${unhealthy ?? 'ok'}\n` };
}

/** Whoever asks while an answer is under way gets the same: many who ask at once cost as much as one. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= ask().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

/** For HEAD, Node leaves the body out by itself. */
function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

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
