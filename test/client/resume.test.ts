import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StreamOptions } from '../../src/client/index.js';
import { StreamError } from '../../src/runtime/index.js';
import { inMemoryDelegate } from '../../src/testing/index.js';
import {
  generateShelf,
  lines,
  notes,
  received,
  type ShelfCode,
  type ShelfServer,
  startShelf,
} from '../support/shelf.js';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

let code: ShelfCode;
let server: ShelfServer;
let proxy: TcpProxy;

/** The next query fails as it does at a server that cannot go on. */
let failNext = false;

const MOST_ROWS = 3000;
const tables = { note: notes(MOST_ROWS, 200), line: lines(MOST_ROWS) };

beforeAll(async () => {
  code = await generateShelf();
  const reader = (rows: readonly object[]) => {
    const delegate = inMemoryDelegate(rows.map((row) => ({ ...row })));
    return {
      findMany: async (args: Parameters<typeof delegate.findMany>[0]) => {
        if (failNext) {
          failNext = false;
          throw new StreamError('test.gone', 'gone', { status: 'UNAVAILABLE', phase: 'database', retryAfterMs: 0 });
        }
        return delegate.findMany(args);
      },
    };
  };
  const readers = { note: reader(tables.note), line: reader(tables.line) };
  server = await startShelf({ code, readers, settings: { chunkSize: 200, maxMessageBytes: 16 * 1024 } });
  proxy = await openTcpProxy(server.port);
});
afterAll(async () => {
  await proxy.close();
  await server.stop('kill');
  await code.remove();
});

/** What can happen to a stream, and when: as its caller takes a row, or while it waits. */
interface Mishap {
  readonly what: 'reset' | 'close' | 'unavailable' | 'kill' | 'shutdown' | 'pause';
  readonly atRow: number;
  readonly afterMs: number;
}

async function happen({ what, afterMs }: Mishap): Promise<void> {
  // Not awaited by the reader: it happens while rows go on.
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  switch (what) {
    case 'reset':
    case 'close':
      return proxy.cut(what);
    case 'unavailable':
      failNext = true;
      return;
    case 'kill':
    case 'shutdown':
      await server.stop(what);
      return server.start();
    case 'pause':
      return;
  }
}

const anyMishap = fc.record({
  what: fc.constantFrom('reset', 'close', 'unavailable', 'kill', 'shutdown', 'pause'),
  atRow: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: MOST_ROWS })),
  afterMs: fc.constantFrom(0, 0, 1, 5),
});

const anyReading = fc.record({
  table: fc.constantFrom('note', 'line'),
  messages: fc.constantFrom('batches', 'rows'),
  limit: fc.option(fc.integer({ min: 1, max: MOST_ROWS + 100 }), { nil: 0 }),
  partitions: fc.constantFrom(1, 1, 2, 5),
  ordered: fc.boolean(),
  mishaps: fc.array(anyMishap, { maxLength: 6 }),
  /** The process ends at this row, and another goes on from its position. */
  crashAt: fc.option(fc.integer({ min: 1, max: MOST_ROWS })),
});

/** In the order of the key; or as they come, and then a limit takes any rows, but none twice. */
function expectRows(
  rows: readonly object[],
  all: readonly object[],
  limit: number,
  { partitions, ordered }: { readonly partitions: number; readonly ordered: boolean },
) {
  const wanted = limit === 0 ? all : all.slice(0, limit);
  if (partitions === 1 || ordered) return expect(rows).toEqual(wanted);
  const places = new Map(all.map((row, index) => [JSON.stringify(row, jsonOfBigInt), index]));
  const found = rows.map((row) => places.get(JSON.stringify(row, jsonOfBigInt))).sort((a = -1, b = -1) => a - b);
  expect(found).not.toContain(undefined);
  expect(new Set(found).size).toBe(wanted.length);
  expect(found.length).toBe(wanted.length);
}

function jsonOfBigInt(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value;
}

describe('a stream that resumes', () => {
  it('delivers the rows of an unbroken stream, none lost and none twice, whatever fails', {
    timeout: 300_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(anyReading, async ({ table, limit, mishaps, crashAt, ...how }) => {
        const clients = code.createClients(proxy.address);
        const events: Promise<void>[] = [];
        failNext = false;
        // Servers end one after the other.
        let last = Promise.resolve();
        const options: StreamOptions = { ...how, retry: { initialDelayMs: 1, maxDelayMs: 50, maxAttempts: 200 } };
        const rows: object[] = [];
        const read = async (position?: StreamOptions['position'], until = Number.POSITIVE_INFINITY) => {
          const stream = clients[table].stream({ limit }, { ...options, position });
          for await (const row of stream) {
            rows.push(row);
            for (const mishap of mishaps.filter(({ atRow }) => atRow === rows.length)) {
              last = last.then(() => happen(mishap));
              events.push(last);
              if (mishap.what === 'pause') await new Promise((resolve) => setTimeout(resolve, 20));
            }
            if (rows.length === until) break;
          }
          return JSON.stringify(stream.position());
        };
        const position = await read(undefined, crashAt ?? undefined);
        if (crashAt !== null) await read(JSON.parse(position));
        await Promise.all(events);
        clients.close();
        expectRows(rows, table === 'note' ? tables.note : tables.line.map(received), limit, how);
      }),
      { numRuns: Number(process.env.RESUME_RUNS ?? 40) },
    );
  });
});
