import type { BinaryReader } from '@bufbuild/protobuf/wire';
import { Client, credentials, type ServiceError, status as Status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultStreamingSettings, type RowReader, streamService } from '../../src/runtime/index.js';
import { inMemoryDelegate, startLoopbackServer } from '../../src/testing/index.js';
import { ItemServiceDefinition, itemModel, itemRows } from '../support/items.js';
import { waitFor } from '../support/wait-for.js';

const bytes = { encode: () => ({ finish: () => new Uint8Array() }) as never };
const definition = {
  ...ItemServiceDefinition,
  methods: {
    ...ItemServiceDefinition.methods,
    partitionItems: {
      name: 'PartitionItems',
      requestType: { ...bytes, decode: (input: unknown) => ({ count: (input as BinaryReader).uint32() }) },
      requestStream: false,
      responseType: { ...bytes, decode: () => ({}) },
      responseStream: false,
    },
  },
};
/** Never answers, as a database behind a cut wire. */
const stalled: RowReader = { findMany: () => new Promise(() => {}) };

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('a call for partitions', () => {
  it('answers with one part more than there are bounds, the outer ones open', async () => {
    const { ask } = await start(inMemoryDelegate(itemRows(9)));
    // partitions = 1 { up_to = 2 { id: 3 } }, { after = 1 { id: 3 } up_to { id: 6 } }, { after { id: 6 } }
    expect((await ask(3)).toString('hex')).toBe('0a0412020803' + '0a080a02080312020806' + '0a040a020806');
  });

  // Before those whose walks hang, and hold their places for a while.
  it('waits while others walk, and does not count that as a stall', async () => {
    const rows = inMemoryDelegate(itemRows(9));
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = 0;
    const slow: RowReader = {
      async findMany(args) {
        asked++;
        await released;
        return rows.findMany(args);
      },
    };
    const { ask, calls } = await start(slow, { yieldTimeout: 0.5 });
    const walking = Array.from({ length: 4 }, () => failureOf(ask(2)));
    await waitFor('four walks', () => asked === 4);
    const [leaving, waiting] = [failureOf(ask(2)), ask(2)];
    calls[4]?.cancel();
    expect(await leaving).toMatchObject({ code: Status.CANCELLED });
    for (const failure of walking) expect(await failure).toMatchObject({ code: Status.ABORTED });
    expect(asked).toBe(4);
    release();
    // It outlived those who had the database, and had as long to wait.
    expect((await waiting).length).toBeGreaterThan(0);
  });

  it('ends with INTERNAL when the database fails, with the reason only in the log', async () => {
    const failing: RowReader = { findMany: () => Promise.reject(new Error('password wrong')) };
    const { ask, logs } = await start(failing);
    expect(await failureOf(ask(3))).toMatchObject({ code: Status.INTERNAL, details: 'internal error' });
    expect(String(logs[0]?.err)).toContain('password wrong');
  });

  it('ends with ABORTED when the database stalls', async () => {
    const { ask } = await start(stalled, { yieldTimeout: 0.05 });
    expect(await failureOf(ask(3))).toMatchObject({ code: Status.ABORTED });
  });

  it("ends with DEADLINE_EXCEEDED when the client's deadline passes", async () => {
    const { ask } = await start(stalled, { yieldTimeout: 5 });
    expect(await failureOf(ask(3, new Date(Date.now() + 50)))).toMatchObject({ code: Status.DEADLINE_EXCEEDED });
  });

  it('ends with UNAVAILABLE when the server shuts down', async () => {
    let asked = false;
    const watched: RowReader = {
      findMany: () => {
        asked = true;
        return new Promise(() => {});
      },
    };
    const { ask, shutdown } = await start(watched, { yieldTimeout: 5 });
    const failure = failureOf(ask(3));
    await waitFor('the query', () => asked);
    shutdown.abort();
    expect(await failure).toMatchObject({ code: Status.UNAVAILABLE });
  });

  it('stops walking when the client leaves', async () => {
    const rows = inMemoryDelegate(itemRows(200_000));
    const { ask, calls } = await start(rows, { chunkSize: 10 });
    const failure = failureOf(ask(3));
    await waitFor('the walk', () => rows.queries.length > 3);
    for (const call of calls) call.cancel();
    expect(await failure).toMatchObject({ code: Status.CANCELLED });
    let before = -1;
    await waitFor('the end of the walk', () => {
      const still = before === rows.queries.length;
      before = rows.queries.length;
      return still;
    });
    expect(rows.rowsRead).toBeLessThan(200_000);
  });
});

async function start(item: RowReader, settings: Partial<typeof defaultStreamingSettings> = {}) {
  const logs: { readonly err?: unknown }[] = [];
  const shutdown = new AbortController();
  const ignore = () => {};
  const service = streamService(
    { definition, model: itemModel, rows: 'streamItems', batches: 'streamItemBatches', partitions: 'partitionItems' },
    {
      prisma: { item },
      settingsFor: () => ({ ...defaultStreamingSettings, ...settings }),
      logger: { debug: ignore, info: ignore, warn: ignore, error: (fields) => logs.push({ ...fields }) },
      shutdown: shutdown.signal,
    },
  );
  const server = await startLoopbackServer([service]);
  cleanups.push(server.close);
  const client = new Client(server.address, credentials.createInsecure());
  cleanups.push(() => client.close());
  const calls: { cancel(): void }[] = [];
  const identity = (value: Buffer) => value;
  const ask = (count: number, deadline?: Date): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const path = '/test.v1.ItemStreamService/PartitionItems';
      const options = deadline ? { deadline } : {};
      const call = client.makeUnaryRequest(path, identity, identity, Buffer.of(count), options, (error, response) =>
        error ? reject(error) : resolve(response ?? Buffer.alloc(0)),
      );
      calls.push(call);
    });
  return { ask, logs, shutdown, calls };
}

function failureOf(answer: Promise<unknown>): Promise<ServiceError> {
  return answer.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error: ServiceError) => error,
  );
}
