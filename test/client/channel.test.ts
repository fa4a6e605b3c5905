import { Server, ServerCredentials, type ServerWritableStream, status as Status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { type ChannelOptions, createClient, openChannel } from '../../src/client/index.js';
import { serviceDefinition } from '../../src/runtime/index.js';
import { openCertificates, pem } from '../support/certificates.js';
import { type Item, ItemServiceDefinition } from '../support/items.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** A server that answers with the token it was sent. */
async function serveTokens(credentials = ServerCredentials.createInsecure()): Promise<string> {
  const server = new Server();
  server.addService(serviceDefinition(ItemServiceDefinition), {
    streamItems(call: ServerWritableStream<unknown, Item>) {
      call.write({ id: 1, title: String(call.metadata.get('authorization')[0]) });
      call.end();
    },
    streamItemBatches: () => {},
  });
  cleanups.push(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return `127.0.0.1:${port}`;
}

async function tokensSent(options: ChannelOptions, calls = 1, address?: string): Promise<string[]> {
  const channel = openChannel(address ?? (await serveTokens()), options);
  cleanups.push(() => channel.close());
  const titles: string[] = [];
  for (let call = 0; call < calls; call++) {
    for await (const { title } of createClient(ItemServiceDefinition, channel).streamItems()) titles.push(title);
  }
  return titles;
}

describe('a token', () => {
  it('goes with every call', async () => {
    expect(await tokensSent({ token: 'abc' }, 2)).toEqual(['Bearer abc', 'Bearer abc']);
  });

  it('is requested before every call, so that it can be renewed', async () => {
    let count = 0;
    const token = async () => `t${++count}`;
    expect(await tokensSent({ token }, 3)).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3']);
  });

  it('that cannot be obtained ends the call with UNAVAILABLE, and the next attempt requests it again', async () => {
    const token = () => Promise.reject(new Error('the vault is shut'));
    await expect(tokensSent({ token })).rejects.toMatchObject({
      code: Status.UNAVAILABLE,
      details: 'the token could not be obtained: the vault is shut',
    });
  });

  it.each([
    'books.example.com:443',
    '10.0.0.5:50051',
    'dns:///books',
    'localhost.example.com:1',
    '127.0.0.1.nip.io:1',
  ])('is not sent to %s in plain text', (address) => {
    expect(() => openChannel(address, { token: 'abc' })).toThrow(`the token would be sent to ${address} in plain text`);
    const encrypted = openChannel(address, { token: 'abc', tls: true });
    cleanups.push(() => encrypted.close());
  });

  it.each(['localhost:50051', '127.0.0.1:50051', '[::1]:50051', 'unix:/tmp/books.sock'])('is sent to %s', (address) => {
    const channel = openChannel(address, { token: 'abc' });
    cleanups.push(() => channel.close());
  });
});

describe('tls', () => {
  it("trusts the given authority, and presents the client's certificate", async () => {
    const certificates = await openCertificates();
    cleanups.push(() => void certificates.remove());
    const authority = await certificates.authority('books-ca');
    const [server, client] = await Promise.all([
      authority.issue('server').then(pem),
      authority.issue('client').then(pem),
    ]);
    const { cert: ca } = await pem(authority);
    const pair = { cert_chain: server.cert, private_key: server.key };
    const address = await serveTokens(ServerCredentials.createSsl(ca, [pair], true));
    expect(await tokensSent({ token: 'abc', tls: { ca, ...client } }, 1, address)).toEqual(['Bearer abc']);
    const unavailable = { code: Status.UNAVAILABLE };
    await expect(tokensSent({ tls: { ca } }, 1, address), 'without a certificate').rejects.toMatchObject(unavailable);
    await expect(tokensSent({ tls: true }, 1, address), 'an unknown authority').rejects.toMatchObject(unavailable);
    await expect(tokensSent({}, 1, address), 'in plain text').rejects.toMatchObject(unavailable);
  });
});
