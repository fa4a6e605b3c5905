import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { compressionAlgorithms, credentials } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openChannel } from '../../src/client/index.js';
import { inMemoryDelegate } from '../../src/testing/index.js';
import { countItems, type ItemServer, METHOD, readItems, serverWith } from '../support/item-server.js';
import { Item, ItemBatch, itemRows } from '../support/items.js';
import { askPython, findPython } from '../support/python.js';
import { grpcMessage } from '../support/raw-http2.js';
import { atRest, waitFor } from '../support/wait-for.js';

const ROWS = '/test.v1.ItemStreamService/StreamItems';
const BATCHES = '/test.v1.ItemStreamService/StreamItemBatches';

interface Answer {
  readonly encoding: unknown;
  readonly messages: readonly Buffer[];
  readonly compressed: number;
  readonly bytes: number;
}

const largeOf = (messages: readonly Buffer[]) => messages.filter(({ length }) => length >= 1024).length;

/** Calls without a gRPC library, and takes the frames apart by the specification. */
async function call(server: ItemServer, path: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const session = connect(`http://${server.server.address}`);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.end(grpcMessage());
  const [response] = await once(stream, 'response');
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  const messages: Buffer[] = [];
  let compressed = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    const message = bytes.subarray(at + 5, end);
    compressed += bytes[at] ?? 0;
    messages.push(bytes[at] === 1 ? gunzipSync(message) : message);
    at = end;
  }
  return { encoding: response['grpc-encoding'], messages, compressed, bytes: bytes.length };
}

const GZIP = { 'grpc-encoding': 'gzip' };

describe('a client that compresses its request', () => {
  it('gets the same batches compressed, in fewer bytes', async () => {
    const server = await serverWith({ rows: 2000 });
    const plain = await call(server, BATCHES, {});
    const gzip = await call(server, BATCHES, GZIP);
    expect(plain).toMatchObject({ encoding: 'identity', compressed: 0 });
    expect(gzip).toMatchObject({ encoding: 'gzip', compressed: largeOf(gzip.messages) });
    expect(gzip.messages.flatMap((message) => ItemBatch.decode(message).items)).toEqual(itemRows(2000));
    expect(gzip.bytes).toBeLessThan(plain.bytes / 2);
  });

  it('gets small messages as they are, and large ones among them compressed, in the order of the rows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(50), fc.integer({ min: 1000, max: 90_000 })), { minLength: 1, maxLength: 60 }),
        async (lengths) => {
          const rows = lengths.map((length, index) => ({
            id: index + 1,
            title: 'text '.repeat(length).slice(0, length),
          }));
          const server = await serverWith({ delegate: inMemoryDelegate(rows) });
          const { messages, compressed } = await call(server, METHOD, GZIP);
          await server.close();
          expect(messages.map((message) => Item.decode(message))).toEqual(rows);
          expect(compressed).toBe(largeOf(messages));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('reads on with grpc-js, and with the client of this package', async () => {
    const server = await serverWith({ delegate: inMemoryDelegate(itemRows(3000, 2000)) });
    const ofGrpc = server.connect(credentials.createInsecure(), {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    });
    const ours = openChannel(server.server.address, { compression: 'gzip' });
    onTestFinished(() => ours.close());
    for (const client of [ofGrpc, ours]) {
      const read = readItems(client);
      expect((await read.ended).code).toBe('OK');
      expect(read.rows).toEqual(itemRows(3000, 2000));
    }
  });

  it('is served at its pace: what it does not read stays in the database', async () => {
    const noise = () => randomBytes(3000).toString('base64');
    const delegate = inMemoryDelegate(Array.from({ length: 5000 }, (_, index) => ({ id: index + 1, title: noise() })));
    const server = await serverWith({ delegate, settings: { chunkSize: 100 } });
    const client = server.connect(credentials.createInsecure(), {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    });
    const read = readItems(client, { flowing: false });
    // A client of grpc-js that has not begun to read takes everything.
    await once(read.call, 'data');
    read.call.pause();
    expect(await atRest(() => delegate.queries.length)).toBeLessThan(15);
    read.call.on('data', () => {}).resume();
    expect((await read.ended).code).toBe('OK');
  });

  it('may leave in the midst of a message, and the server serves on', async () => {
    const server = await serverWith({ delegate: inMemoryDelegate(itemRows(3000, 20_000)) });
    const client = server.connect(credentials.createInsecure(), {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    });
    for (let time = 0; time < 5; time++) {
      const read = readItems(client);
      await once(read.call, 'data');
      read.call.cancel();
      expect((await read.ended).code).toBe('CANCELLED');
    }
    await waitFor('all streams to end', () => server.summaries.length === 5);
    expect(await countItems(client)).toMatchObject({ code: 'OK', rows: 3000 });
  });

  it('gets nothing compressed where the setting says so', async () => {
    const server = await serverWith({ rows: 2000, settings: { compression: false } });
    expect(await call(server, BATCHES, GZIP)).toMatchObject({ encoding: 'identity', compressed: 0 });
  });
});

it('a client that only says that it can decompress gets nothing compressed', async () => {
  const server = await serverWith({ rows: 2000 });
  const answer = await call(server, BATCHES, { 'grpc-accept-encoding': 'identity,deflate,gzip' });
  expect(answer).toMatchObject({ encoding: 'identity', compressed: 0 });
});

const python = await findPython();

it.skipIf(python === undefined)(
  "gRPC's own library, in Python, reads the same messages compressed and as they are",
  async () => {
    // Small rows and large ones: only the large ones are compressed alone.
    const rows = [...itemRows(500), ...itemRows(500, 4000).map((row, index) => ({ ...row, id: 500 + index }))];
    const { server } = await serverWith({ delegate: inMemoryDelegate(rows) });
    const question = { address: server.address, methods: [ROWS, BATCHES] };
    const script = fileURLToPath(new URL('compression-client.py', import.meta.url));
    const answers = (await askPython(python ?? '', script, question)) as Record<string, Record<string, string[]>>;
    const bytesOf = (messages: readonly string[] = []) => messages.map((message) => Buffer.from(message, 'base64'));
    for (const encoding of ['plain', 'gzip']) {
      expect(bytesOf(answers[ROWS]?.[encoding]).map((bytes) => Item.decode(bytes))).toEqual(rows);
      expect(bytesOf(answers[BATCHES]?.[encoding]).flatMap((bytes) => ItemBatch.decode(bytes).items)).toEqual(rows);
    }
  },
);
