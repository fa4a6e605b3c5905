import { Client, credentials, type ServerWritableStream } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { iterableSource, keysetSource, StreamError, type StreamSummary, serveStream } from '../../src/runtime/index.js';
import { failAtRow, fakeCall, inMemoryDelegate, startLoopbackServer } from '../../src/testing/index.js';
import { itemRows } from '../support/items.js';

interface Title {
  readonly title: string;
}

const serialize = (message: Title) => Buffer.from(JSON.stringify(message));
const deserialize = (bytes: Buffer): Title => JSON.parse(bytes.toString());
const definition = {
  streamTitles: {
    path: '/titles.v1.TitleService/StreamTitles',
    requestStream: false,
    responseStream: true,
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  },
} as const;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A server with one handler that somebody wrote by hand, and what its client receives. */
async function read(handler: (call: ServerWritableStream<Title, Title>) => Promise<void>): Promise<readonly Title[]> {
  const server = await startLoopbackServer([{ definition, implementation: { streamTitles: handler } }]);
  const client = new Client(server.address, credentials.createInsecure());
  cleanups.push(async () => {
    client.close();
    await server.close();
  });
  const { path } = definition.streamTitles;
  const received: Title[] = [];
  for await (const message of client.makeServerStreamRequest(path, serialize, deserialize, { title: '' })) {
    received.push(message);
  }
  return received;
}

describe('a handler written by hand', () => {
  it('serves its messages over a real connection', async () => {
    const summaries: StreamSummary[] = [];
    const delegate = inMemoryDelegate(itemRows(2500));
    const titles = await read((call) =>
      serveStream(call, {
        query: keysetSource({ delegate, key: [{ field: 'id' }] }),
        toMessage: ({ title }) => ({ title: String(title) }),
        serialize,
        chunkSize: 100,
        onStreamEnd: (summary) => summaries.push(summary),
      }),
    );
    expect(titles).toEqual(itemRows(2500).map(({ title }) => ({ title })));
    expect(summaries).toMatchObject([{ model: 'query', end: 'done', rows: 2500, messages: 2500 }]);
    expect(delegate.queries.length).toBeGreaterThanOrEqual(25);
  });

  it('ends with the status of a StreamError of its mapping, and hides the text of other errors', async () => {
    const refusing = fakeCall();
    const refusal = new StreamError('titles.private', 'this title is not public', {
      status: 'INTERNAL',
      phase: 'encode',
    });
    const rows = iterableSource(itemRows(3));
    await serveStream(refusing, { query: rows, toMessage: throwing(refusal), serialize });
    expect(await refusing.ended).toMatchObject({ name: 'INTERNAL', details: 'this title is not public' });

    const broken = fakeCall();
    const query = failAtRow(2, new Error('password is hunter2'), rows);
    await serveStream(broken, { query, toMessage: ({ title }) => ({ title }), serialize });
    expect(await broken.ended).toMatchObject({ name: 'INTERNAL', details: 'internal error' });
  });
});

function throwing(error: Error): () => never {
  return () => {
    throw error;
  };
}
