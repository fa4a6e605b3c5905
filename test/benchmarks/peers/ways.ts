import { join } from 'node:path';
import type { ScaffoldProvider } from '../../../src/scaffold/index.js';

/** A server that is compared, and what is asked of it. */
export interface Way {
  readonly name: string;
  /** Starts it; it prints its port as JSON. */
  readonly command: readonly string[];
  /** The encoded request. */
  readonly request: Uint8Array;
  readonly batches: boolean;
}

const CHUNK = 1000;
const LARGE_CHUNK = 5000;
const NO_REQUEST = new Uint8Array();

export interface Servers {
  /** The folder of the generated project, compiled. */
  readonly project: string;
  readonly provider: ScaffoldProvider;
  /** The file of the servers in JavaScript. */
  readonly nodeServer: string;
  /** The program of the servers in Go, where it can be built. */
  readonly goServer: string | undefined;
}

/** The servers that a database can be streamed by, what all are compared with first. */
export async function waysOf({ project, provider, nodeServer, goServer }: Servers): Promise<Way[]> {
  const generated = join(project, 'src/grpc/generated/library/v1/book.ts');
  const { StreamBooksRequest } = await import(generated);
  const asked = (request: object): Uint8Array =>
    StreamBooksRequest.encode(StreamBooksRequest.fromPartial(request)).finish();
  const node = (name: string, server: string, more: Partial<Way> & { readonly chunk?: number } = {}): Way => ({
    name,
    command: [process.execPath, nodeServer, project, server, `${more.chunk ?? CHUNK}`],
    request: more.request ?? NO_REQUEST,
    batches: more.batches ?? false,
  });
  const go = (name: string, way: string): Way[] =>
    goServer
      ? [
          {
            name,
            command: [goServer, '-database', provider, '-way', way, '-chunk', `${CHUNK}`, '-url', '$DATABASE_URL'],
            request: NO_REQUEST,
            batches: way === 'batches',
          },
        ]
      : [];
  return [
    node('plain: grpc-js and Prisma, by chunk', 'plain'),
    node('grpc-js and Prisma, all in memory', 'in-memory'),
    node('nice-grpc and Prisma, by chunk', 'nice-grpc'),
    ...(provider === 'postgresql' ? [node('grpc-js and pg-cursor', 'pg-cursor')] : []),
    ...go('Go, by chunk', 'keyset'),
    ...go('Go, one query', 'query'),
    ...go('Go, one query, batches', 'batches'),
    node('grpc-stream', 'grpc-stream'),
    node(`grpc-stream, chunks of ${LARGE_CHUNK}`, 'grpc-stream', { chunk: LARGE_CHUNK }),
    node('grpc-stream, batches', 'grpc-stream', { batches: true }),
    // A condition that every row meets: what is compared is its cost.
    node('grpc-stream, filtered', 'grpc-stream', { request: asked({ filter: { pages: { gte: 0 } } }) }),
    // Books lie in the table in the order of their ISBNs; in the order of their dates, each lies elsewhere.
    node('grpc-stream, by ISBN', 'grpc-stream', { request: asked({ order: 'BOOK_SORT_ORDER_ISBN_ASC' }) }),
    node('grpc-stream, by date', 'grpc-stream', { request: asked({ order: 'BOOK_SORT_ORDER_PUBLISHED_AT_ASC' }) }),
    node('grpc-stream, six of nine fields', 'grpc-stream', { request: asked({ readMask: MASK }) }),
  ];
}

const MASK = ['id', 'isbn', 'title', 'summary', 'pages', 'published_at'];
