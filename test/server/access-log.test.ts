import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/runtime/index.js';
import { tokenAuthenticator } from '../../src/server/index.js';
import { inMemoryDelegate, stallAtRow } from '../../src/testing/index.js';
import { countItems, METHOD, readItems, serverWith } from '../support/item-server.js';
import { itemRows } from '../support/items.js';
import { memoryLogger } from '../support/memory-logger.js';
import { waitFor } from '../support/wait-for.js';

describe('the access log', () => {
  it('has one line for each call: the caller, the method, the status and the duration', async () => {
    const accessLogger = memoryLogger();
    const server = await serverWith({
      accessLogger,
      authenticate: ({ metadata }) => (metadata.get('name')[0] === 'ada' ? { id: 'ada' } : undefined),
    });
    const client = server.connect();
    await countItems(client, { metadata: { name: 'ada', 'x-request-id': 'job-17' } });
    await countItems(client);
    await countItems(client, { metadata: { name: 'ada' }, limit: -1 });
    await waitFor('three lines', () => accessLogger.lines.length === 3);
    const method = 'test.v1.ItemStreamService/StreamItems';
    expect(accessLogger.lines.map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ requestId: 'job-17', principal: 'ada', method, status: 'OK' }),
      expect.objectContaining({ method, status: 'UNAUTHENTICATED' }),
      expect.objectContaining({ principal: 'ada', method, status: 'INVALID_ARGUMENT' }),
    ]);
    for (const { level, line, fields } of accessLogger.lines) {
      expect([level, line]).toEqual(['info', 'call ended']);
      expect(fields.peer).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(fields.durationMs).toBeGreaterThan(0);
    }
  });

  it('has CANCELLED for a client that left', async () => {
    const accessLogger = memoryLogger();
    const delegate = stallAtRow(50, inMemoryDelegate(itemRows(100)));
    const server = await serverWith({ accessLogger, delegate });
    const client = server.connect();
    const read = readItems(client);
    await waitFor('the stream', () => server.calls.length === 1);
    read.call.cancel();
    await waitFor('its line', () => accessLogger.lines.length === 1);
    expect(accessLogger.lines[0]?.fields.status).toBe('CANCELLED');
  });

  it('has the status that the client got, also where grpc-js or a reset gave it', async () => {
    const accessLogger = memoryLogger();
    const delegate = inMemoryDelegate(itemRows(20_000, 1000));
    const server = await serverWith({
      accessLogger,
      delegate,
      maxRequestBytes: 1024,
      settings: { yieldTimeout: 0.3 },
    });
    const client = server.connect();
    const large = client.makeServerStreamRequest(
      METHOD,
      (text: string) => Buffer.from(text),
      Buffer.from,
      'x'.repeat(10_000),
    );
    await new Promise((resolve) => large.once('error', resolve));
    const slow = readItems(client);
    slow.call.once('data', () => slow.call.pause());
    await waitFor('two lines', () => accessLogger.lines.length === 2);
    expect(accessLogger.lines.map(({ fields }) => fields.status)).toEqual(['RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED']);
  });
});

describe('a request id', () => {
  it("is the caller's own if it is valid, or else a new one, and is returned in the metadata", async () => {
    const accessLogger = memoryLogger();
    const server = await serverWith({ accessLogger });
    const client = server.connect();
    const idFor = async (metadata: Readonly<Record<string, string>>) => {
      const read = readItems(client, { metadata });
      await read.ended;
      return String(read.headers[0]?.get('x-request-id')[0]);
    };
    expect(await idFor({ 'x-request-id': 'abc-123' })).toBe('abc-123');
    const fresh = /^[\da-f-]{36}$/;
    expect(await idFor({})).toMatch(fresh);
    expect(await idFor({ 'x-request-id': 'two words' })).toMatch(fresh);
    expect(await idFor({ 'x-request-id': 'x'.repeat(200) })).toMatch(fresh);
  });

  it('is returned with a refusal as well', async () => {
    const server = await serverWith({ authenticate: () => undefined });
    const { status } = await countItems(server.connect(), { metadata: { 'x-request-id': 'abc-123' } });
    expect(status.metadata.get('x-request-id')).toEqual(['abc-123']);
  });
});

describe('secrets', () => {
  it('are in no log at any level, whether they are right or wrong', async () => {
    const written: string[] = [];
    const logger = createLogger({ level: 'trace', destination: { write: (line) => void written.push(line) } });
    const secrets = ['the-right-secret', 'a-wrong-secret', 'a-cookie-secret'];
    const [right = '', wrong, cookie = ''] = secrets;
    const server = await serverWith({
      logger,
      accessLogger: logger,
      authenticate: tokenAuthenticator(() => [right]),
    });
    const client = server.connect();
    await countItems(client, { metadata: { authorization: `Bearer ${right}`, cookie } });
    await countItems(client, { metadata: { authorization: `Bearer ${wrong}`, cookie } });
    await countItems(client, { metadata: { authorization: `Bearer ${right}`, cookie }, limit: -1 });
    await waitFor('three lines', () => written.filter((line) => line.includes('call ended')).length === 3);
    expect(secrets.filter((secret) => written.join('').includes(secret))).toEqual([]);
  });
});

describe('interceptors', () => {
  it('do not keep blocks of rows from being written to the socket directly', async () => {
    let messages = 0;
    const server = await serverWith({
      rows: 10_000,
      authenticate: () => ({ id: 'ada' }),
      accessLogger: memoryLogger(),
      wrap: (call) => {
        const write = call.write.bind(call);
        call.write = (...args: Parameters<typeof write>) => {
          messages++;
          return write(...args);
        };
        return call;
      },
    });
    expect(await countItems(server.connect())).toMatchObject({ code: 'OK', rows: 10_000 });
    // The long way, grpc-js's own, hands over a message at a time.
    expect(messages).toBe(0);
  });
});
