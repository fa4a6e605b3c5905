import { status as Status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StreamOptions, StreamProgress } from '../../src/client/index.js';
import { resumeStream } from '../../src/client/resume.js';
import { StreamError, type StreamingSettings } from '../../src/runtime/index.js';
import { type InMemoryDelegate, inMemoryDelegate } from '../../src/testing/index.js';
import { deferred } from '../../src/waits/index.js';
import {
  generateShelf,
  type Line,
  lines,
  type Note,
  notes,
  received,
  type ShelfCode,
  startShelf,
} from '../support/shelf.js';
import { openTcpProxy } from '../support/tcp-proxy.js';
import { atRest, waitFor } from '../support/wait-for.js';

let code: ShelfCode;
beforeAll(async () => {
  code = await generateShelf();
});
afterAll(() => code.remove());

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Soon, so that a test is; nothing depends on how soon. */
const SOON = { initialDelayMs: 1, maxDelayMs: 20 };

interface Shelf {
  readonly note?: readonly Note[];
  readonly line?: readonly Line[];
  readonly settings?: Partial<StreamingSettings>;
  /** Throws, or not, before each query. */
  readonly beforeQuery?: (delegate: InMemoryDelegate) => void;
}

async function open({ note = notes(1000), line = [], settings = {}, beforeQuery }: Shelf = {}) {
  const tables = { note: inMemoryDelegate([...note]), line: inMemoryDelegate([...line]) };
  const guarded = (delegate: InMemoryDelegate) => ({
    findMany: async (args: Parameters<InMemoryDelegate['findMany']>[0]) => {
      beforeQuery?.(delegate);
      return delegate.findMany(args);
    },
  });
  const readers = { note: guarded(tables.note), line: guarded(tables.line) };
  const server = await startShelf({ code, readers, settings: { chunkSize: 100, yieldTimeout: 60, ...settings } });
  const proxy = await openTcpProxy(server.port);
  const clients = code.createClients(proxy.address);
  cleanups.push(
    () => server.stop('kill'),
    () => proxy.close(),
    () => clients.close(),
  );
  const stream = (request?: object, options?: StreamOptions) =>
    clients.note.stream(request, { retry: SOON, ...options });
  return { ...tables, server, proxy, clients, stream };
}

async function collect<T>(
  stream: AsyncIterable<T>,
  eachRow: (row: T, count: number) => unknown = () => {},
): Promise<T[]> {
  const all: T[] = [];
  for await (const row of stream) {
    all.push(row);
    await eachRow(row, all.length);
  }
  return all;
}

const shutDown = () =>
  new StreamError('test.unavailable', 'not now', { status: 'UNAVAILABLE', phase: 'database', retryAfterMs: 1 });

describe.each(['batches', 'rows'] as const)('stream, over the method of %s,', (messages) => {
  it('streams every row, in order', async () => {
    const { stream } = await open();
    expect(await collect(stream({}, { messages }))).toEqual(notes(1000));
  });

  it.each(['reset', 'close'] as const)('goes on when its connection is cut by a %s', async (how) => {
    const { stream, proxy, server } = await open({ note: notes(5000, 1000) });
    const rows = await collect(stream({}, { messages }), (_, count) => {
      if (count === 10 || count === 1500) proxy.cut(how);
    });
    expect(rows).toEqual(notes(5000, 1000));
    expect(server.requests.length).toBeGreaterThan(2);
    expect(server.requests[1]?.after).toMatchObject({ id: expect.any(Number) });
  });

  it.each(['kill', 'shutdown'] as const)('goes on when its server ends by a %s and comes back', async (how) => {
    const { stream, server } = await open({ note: notes(5000, 1000) });
    const rows = await collect(stream({}, { messages }), async (_, count) => {
      if (count !== 1500) return;
      await server.stop(how);
      await server.start();
    });
    expect(rows).toEqual(notes(5000, 1000));
  });

  it('loses nothing when the connection is cut after the last byte, before it is read', async () => {
    const { stream, proxy, server } = await open({ note: notes(2000, 1000) });
    const rows = await collect(stream({}, { messages }), async (_, count) => {
      if (count !== 10) return;
      await waitFor('the server to be done', () => server.summaries.length > 0);
      await waitFor('the last byte to be passed on', () => proxy.idle);
      proxy.cut('reset');
      await waitFor('the connection to be gone', () => proxy.open === 0);
    });
    expect(server.summaries[0]?.end).toBe('done');
    expect(rows).toEqual(notes(2000, 1000));
  });

  it('brings as many rows as were asked for, over every break', async () => {
    const { stream, proxy, server } = await open({ note: notes(5000, 1000) });
    const rows = await collect(stream({ limit: 3000 }, { messages }), (_, count) => {
      if (count === 10 || count === 1500) proxy.cut('reset');
    });
    expect(rows).toEqual(notes(3000, 1000));
    const limits = server.requests.map(({ limit }) => Number(limit));
    expect(limits[0]).toBe(3000);
    expect(limits.at(-1)).toBeLessThan(2990);
  });

  it('does not ask for the whole table when it breaks behind the last row of its limit', async () => {
    let failed = false;
    const { stream, server } = await open({
      beforeQuery: ({ queries }) => {
        if (queries.length < 3 || failed) return;
        failed = true;
        throw shutDown();
      },
      settings: { readahead: 0 },
    });
    // The third query fails: a limit that is reached within the second is not hurt by it.
    expect(await collect(stream({ limit: 150 }, { messages }))).toHaveLength(150);
    expect(server.requests.length).toBe(1);
  });
});

describe('stream', () => {
  it('finds its place by a key of many columns, of types that JSON does not know', async () => {
    const { clients, proxy, server } = await open({ line: lines(3000) });
    const stream = clients.line.stream({}, { retry: SOON });
    const rows = await collect(stream, (_, count) => {
      if (count === 777) proxy.cut('reset');
    });
    expect(rows).toEqual(lines(3000).map(received));
    expect(server.requests.length).toBeGreaterThan(1);
  });

  it('opens nothing before the loop begins, and is read once', async () => {
    const { stream, server } = await open();
    const notes = stream();
    expect(notes.position()).toEqual({ rows: 0 });
    expect(server.requests).toHaveLength(0);
    expect(await collect(notes)).toHaveLength(1000);
    await expect(collect(notes)).rejects.toThrow('a stream is read once');
  });

  it('cancels the stream at the server when the loop is left', async () => {
    const { stream, server } = await open({ note: notes(50_000, 1000) });
    for await (const { id } of stream()) if (id === 700) break;
    await waitFor('the summary', () => server.summaries.length > 0);
    expect(server.summaries[0]?.end).toBe('cancelled');
    expect(server.requests).toHaveLength(1);
  });

  it('slows the server to the pace of the loop', async () => {
    const { stream, note } = await open({ note: notes(40_000, 1000), settings: { maxQueuedBytes: 256 * 1024 } });
    const paused = deferred<void>();
    const reading = collect(stream(), (_, count) => (count === 10 ? paused.promise : undefined));
    expect(await atRest(() => note.rowsRead)).toBeLessThan(20_000);
    paused.resolve();
    expect(await reading).toHaveLength(40_000);
  });

  it.each([
    ['INVALID_ARGUMENT', { chunkSize: -1 }, {}],
    [
      'INTERNAL',
      {},
      {
        beforeQuery: () => {
          throw new Error('a bug');
        },
      },
    ],
  ] as const)('does not ask again when the server says %s', async (status, request, shelf) => {
    const { stream, server } = await open(shelf);
    await expect(collect(stream(request))).rejects.toMatchObject({ code: Status[status] });
    expect(server.requests).toHaveLength(1);
  });

  it('gives up after as many attempts without a row as it may make', async () => {
    const { stream, server } = await open({
      beforeQuery: () => {
        throw shutDown();
      },
    });
    const retry = { ...SOON, maxAttempts: 3 };
    await expect(collect(stream({}, { retry }))).rejects.toMatchObject({
      code: Status.UNAVAILABLE,
      details: 'not now',
    });
    expect(server.requests).toHaveLength(4);
  });

  it('counts attempts anew after every row', async () => {
    let queries = 0;
    const { stream, server } = await open({
      beforeQuery: () => {
        if (queries++ % 3 === 2) throw shutDown();
      },
      settings: { readahead: 0 },
    });
    expect(await collect(stream({}, { retry: { ...SOON, maxAttempts: 1 } }))).toEqual(notes(1000));
    expect(server.requests.length).toBeGreaterThan(3);
  });

  it('counts no attempt while the channel waits between two tries to connect', async () => {
    const { stream, server, proxy } = await open({ note: notes(5000, 1000) });
    const retry = { ...SOON, maxAttempts: 2 };
    const rows = await collect(stream({}, { retry }), async (_, count) => {
      if (count !== 10) return;
      await server.stop('kill');
      const before = proxy.connections;
      void waitFor('tries to connect', () => proxy.connections > before + 2).then(() => server.start());
    });
    expect(rows).toEqual(notes(5000, 1000));
  });

  it('never opens again with 0 attempts', async () => {
    const { stream, proxy } = await open({ note: notes(5000, 1000) });
    const reading = collect(stream({}, { retry: { maxAttempts: 0 } }), (_, count) => {
      if (count === 10) proxy.cut('reset');
    });
    await expect(reading).rejects.toMatchObject({ code: Status.UNAVAILABLE });
  });

  it('ends each attempt at its time, and goes on with the next', async () => {
    const { stream, server } = await open({ note: notes(4000, 1000) });
    const attemptTimeoutMs = 200;
    let timeIsUpAt = 0;
    const rows = await collect(stream({}, { attemptTimeoutMs }), async (_, count) => {
      if (count === 1) timeIsUpAt = performance.now() + attemptTimeoutMs;
      if (count === 10) await waitFor('the time to be up', () => performance.now() > timeIsUpAt);
    });
    expect(rows).toEqual(notes(4000, 1000));
    expect(server.requests.length).toBeGreaterThan(1);
  });

  it('ends for good at its deadline', async () => {
    const { stream, server } = await open({
      beforeQuery: () => {
        throw shutDown();
      },
    });
    const deadline = new Date(Date.now() + 300);
    const retry = { initialDelayMs: 20, maxDelayMs: 50, maxAttempts: 1000 };
    const code: unknown = await collect(stream({}, { deadline, retry })).catch((error) => error.code);
    // The last answer of the server, or the deadline of the attempt under way.
    expect([Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED]).toContain(code);
    // And it was not the attempts that ran out.
    expect(server.requests.length).toBeLessThan(1000);
  });

  it('ends with the reason of its signal, in the loop and while it waits to go on', async () => {
    const inLoop = new AbortController();
    const { stream, proxy } = await open({ note: notes(5000, 1000) });
    const reading = collect(stream({}, { signal: inLoop.signal }), (_, count) => {
      if (count === 10) inLoop.abort(new Error('enough'));
    });
    await expect(reading).rejects.toThrow('enough');

    const waiting = new AbortController();
    const onProgress = ({ broken }: StreamProgress) => {
      if (broken) waiting.abort(new Error('no patience'));
    };
    const retry = { initialDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
    const broken = collect(stream({}, { signal: waiting.signal, retry, onProgress }), (_, count) => {
      if (count === 10) proxy.cut('reset');
    });
    await expect(broken).rejects.toThrow('no patience');
  });

  it('waits as long as the server asks', async () => {
    let asked = false;
    const { stream } = await open({
      beforeQuery: () => {
        if (asked) return;
        asked = true;
        throw new StreamError('test.busy', 'busy', { status: 'ABORTED', phase: 'database', retryAfterMs: 400 });
      },
    });
    const breaks: StreamProgress[] = [];
    const onProgress = (progress: StreamProgress) => progress.broken && breaks.push(progress);
    await collect(stream({}, { onProgress }));
    expect(breaks.map(({ broken }) => broken?.attempts)).toEqual([1]);
    expect(breaks[0]?.broken?.retryInMs).toBeGreaterThanOrEqual(400);
    expect(breaks[0]?.broken?.retryInMs).toBeLessThan(600);
  });

  it('tells how far it has come', async () => {
    const { stream } = await open({ note: notes(3000) });
    const told: StreamProgress[] = [];
    await collect(stream({}, { onProgress: (progress) => told.push(progress), progressIntervalMs: 0 }));
    expect(told.length).toBeGreaterThan(3);
    expect(told.map(({ rows }) => rows)).toEqual(told.map(({ rows }) => rows).sort((a, b) => a - b));
    expect(told.at(-1)).toMatchObject({ rows: 3000, attempts: 1 });
    expect(told.at(-1)?.bytes).toBeGreaterThan(3000 * 20);
    expect(told.at(-1)?.rowsPerSecond).toBeGreaterThan(0);
  });
});

describe('position', () => {
  it('goes on in another process where the last one stood, through JSON', async () => {
    const { clients } = await open({ line: lines(1000) });
    const first = clients.line.stream({ limit: 900 });
    const before: Line[] = [];
    for await (const line of first) if (before.push(line) === 333) break;
    const saved: string = JSON.stringify(first.position());
    const second = clients.line.stream({ limit: 900 }, { position: JSON.parse(saved) });
    const after = await collect(second);
    const codes = [...before, ...after].map(({ text }) => text);
    expect(codes).toEqual(lines(900).map(({ text }) => text));
    expect(second.position().rows).toBe(900);
  });

  it('of a stream that has all its rows asks for nothing more', async () => {
    const { stream, server } = await open();
    const position = { rows: 100, after: { id: 100 } };
    expect(await collect(stream({ limit: 100 }, { position }))).toEqual([]);
    expect(server.requests).toHaveLength(0);
  });

  it('is refused when it is of another model', async () => {
    const { clients } = await open();
    const at = (after: object) => () => clients.line.stream({}, { position: { rows: 1, after: { ...after } } });
    const good = { shelf: '5', at: '2020-01-01T00:00:00.000Z', code: '1.50' };
    expect(at(good)).not.toThrow();
    expect(at({ ...good, shelf: undefined })).toThrow('it has no `shelf`');
    expect(at({ ...good, shelf: 'x' })).toThrow('its `shelf` is no BigInt: "x"');
    expect(at({ ...good, at: 'yesterday' })).toThrow('its `at` is no DateTime: "yesterday"');
    expect(at({ ...good, id: 1 })).toThrow('it has `id`, which is no column of the key');
  });
});

describe('partitions', () => {
  it('are read side by side, each over a connection of its own', async () => {
    const { stream, server, proxy } = await open({ note: notes(20_000, 200) });
    const rows = await collect(stream({}, { partitions: 4 }));
    expect(rows.map(({ id }) => id).sort((a, b) => a - b)).toEqual(notes(20_000).map(({ id }) => id));
    // Rows of the last quarter come long before those of the first are done.
    expect(rows.findIndex(({ id }) => id > 15_000)).toBeLessThan(10_000);
    expect(proxy.connections).toBe(5);
    await waitFor('the summaries', () => server.summaries.length === 4);
    expect(server.summaries.map(({ end }) => end)).toEqual(['done', 'done', 'done', 'done']);
    expect(server.summaries.every((summary) => summary.rows > 4000 && summary.rows < 6000)).toBe(true);
  });

  it('keep the order of the key where it is asked for', async () => {
    const { stream } = await open({ note: notes(5000) });
    expect(await collect(stream({}, { partitions: 3, ordered: true }))).toEqual(notes(5000));
  });

  it('resume each by itself', async () => {
    const { stream, server, proxy } = await open({ note: notes(20_000, 1000) });
    const rows = await collect(stream({}, { partitions: 4 }), (_, count) => {
      if (count === 500) proxy.cut('reset');
    });
    expect(rows.map(({ id }) => id).sort((a, b) => a - b)).toEqual(notes(20_000).map(({ id }) => id));
    const resumed = server.requests.filter(({ after }) => after);
    expect(resumed.length).toBeGreaterThan(1);
  });

  it('bring together as many rows as were asked for', async () => {
    const { stream } = await open({ note: notes(5000) });
    const rows = await collect(stream({ limit: 1234 }, { partitions: 3 }));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(1234);
    expect(rows).toHaveLength(1234);
    expect(await collect(stream({ limit: 1234 }, { partitions: 3, ordered: true }))).toEqual(notes(1234));
  });

  it('split the rows that a filter leaves, and not those after a key', async () => {
    const { stream, server } = await open({ note: notes(5000) });
    const filter = { id: { gt: 1000, lte: 3000 } };
    const rows = await collect(stream({ filter }, { partitions: 4, ordered: true }));
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 2000 }, (_, index) => index + 1001));
    await waitFor('the summaries', () => server.summaries.length === 4);
    expect(server.summaries.every((summary) => summary.rows > 400)).toBe(true);
    expect(() => stream({ after: { id: 1000 } }, { partitions: 4 })).toThrow('partitions are of the whole table');
  });

  it('go on from a position, each where it stood, through JSON', async () => {
    const { clients } = await open({ line: lines(3000) });
    const first = clients.line.stream({}, { partitions: 3 });
    const seen: string[] = [];
    for await (const { text } of first) if (seen.push(text) === 1000) break;
    const position = JSON.parse(JSON.stringify(first.position()));
    expect(position.ranges).toHaveLength(3);
    const rest = await collect(clients.line.stream({}, { position }));
    expect([...seen, ...rest.map(({ text }) => text)].sort()).toEqual(
      lines(3000)
        .map(({ text }) => text)
        .sort(),
    );
  });

  it('end together when the loop is left', async () => {
    const { stream, server } = await open({ note: notes(50_000, 1000) });
    for await (const _ of stream({}, { partitions: 3 })) break;
    await waitFor('the summaries', () => server.summaries.length === 3);
    expect(server.summaries.map(({ end }) => end)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  });

  it('end together when one of them fails for good', async () => {
    let queries = 0;
    const { stream, server } = await open({
      note: notes(20_000, 1000),
      beforeQuery: () => {
        if (queries++ > 250) throw new Error('a bug');
      },
    });
    await expect(collect(stream({}, { partitions: 3 }))).rejects.toMatchObject({ code: Status.INTERNAL });
    await waitFor('the summaries', () => server.summaries.length === 3);
    expect(server.summaries.map(({ end }) => end)).toContain('failed');
  });

  it('of an empty table are none', async () => {
    const { stream } = await open({ note: [] });
    expect(await collect(stream({}, { partitions: 3 }))).toEqual([]);
  });
});

describe('a request', () => {
  it('with a field that its message does not have is refused, not sent without it', async () => {
    const { stream, server } = await open();
    const refused = async (request: object, why: string) =>
      expect(collect(stream(request))).rejects.toThrow(`the request has no ${why}`);
    await refused({ filter: { id: { near: 5 } } }, 'filter.id.near');
    await refused({ filter: { or: [{ id: { lt: 5 } }, { colour: { equals: 'red' } }] } }, 'filter.or.1.colour');
    await refused({ fitler: {} }, 'fitler');
    expect(server.requests).toHaveLength(0);
  });

  it('in another order than the key goes on in that order', async () => {
    const { stream, proxy } = await open({ note: notes(5000, 1000) });
    const rows = await collect(stream({ order: 'NOTE_SORT_ORDER_ID_DESC' }), (_, count) => {
      if (count === 1000) proxy.cut('reset');
    });
    expect(rows).toEqual(notes(5000, 1000).reverse());
  });

  it('tell of a break also while the table is being split', async () => {
    let queries = 0;
    const { stream } = await open({
      beforeQuery: () => {
        if (queries++ === 0) throw shutDown();
      },
    });
    const broken: unknown[] = [];
    const onProgress = (progress: StreamProgress) => void (progress.broken && broken.push(progress.broken.error));
    expect(await collect(stream({}, { partitions: 2, ordered: true, onProgress }))).toEqual(notes(1000));
    expect(broken).toMatchObject([{ code: Status.UNAVAILABLE }]);
  });

  it('for a snapshot is not split: each part would have a snapshot of its own', async () => {
    const { stream } = await open();
    const split = () => stream({ consistency: 'CONSISTENCY_SNAPSHOT' }, { partitions: 2 });
    expect(split).toThrow('each partition would have a snapshot of its own');
  });
});

describe('a signal', () => {
  it('may end many streams and partitions, without a warning of a leak', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => warnings.push(name);
    process.on('warning', onWarning);
    cleanups.push(() => void process.removeListener('warning', onWarning));
    const { stream } = await open({ note: notes(100) });
    const { signal } = new AbortController();
    const streams = Array.from({ length: 12 }, () => collect(stream({}, { signal })));
    const partitioned = collect(stream({}, { partitions: 12, ordered: true }));
    expect(await Promise.all([...streams, partitioned])).toEqual(Array(13).fill(notes(100)));
    expect(warnings).toEqual([]);
  });
});

describe('resumeStream', () => {
  const gone = () => Object.assign(new Error('gone'), { code: Status.UNAVAILABLE });

  async function readSnapshot(failAt: number) {
    let [opened, rows] = [0, 0];
    const stream = resumeStream({
      retry: SOON,
      async *open() {
        opened++;
        for (let row = 0; row < 3; row++) {
          if (opened === 1 && row === failAt) throw gone();
          rows++;
          yield [row];
        }
      },
      connected: async () => {},
      isComplete: () => false,
      mayResume: () => rows === 0,
      onBreak: () => {},
    });
    return { rows: await collect(stream).catch((error: unknown) => error), opened };
  }

  it('opens a snapshot again before its first row alone: the rest would come from another snapshot', async () => {
    expect(await readSnapshot(0)).toEqual({ rows: [[0], [1], [2]], opened: 2 });
    expect(await readSnapshot(1)).toEqual({ rows: gone(), opened: 1 });
  });
});

describe('a server whose machine died', () => {
  it('is noticed by keepalive, and the stream goes on at the next server', {
    timeout: 60_000,
  }, async () => {
    const { proxy } = await open({ note: notes(20_000, 1000) });
    const clients = code.createClients(proxy.address, { keepaliveMs: 500, flowControlWindow: 65_535 });
    cleanups.push(() => clients.close());
    const onProgress = ({ broken }: StreamProgress) => {
      if (broken) proxy.thaw();
    };
    const rows = await collect(clients.note.stream({}, { retry: SOON, onProgress }), (_, count) => {
      if (count === 1000) proxy.freeze();
    });
    expect(rows).toEqual(notes(20_000, 1000));
    expect(proxy.connections).toBeGreaterThan(1);
  });
});
