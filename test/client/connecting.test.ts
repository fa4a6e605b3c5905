import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Metadata, type ServiceError, status as Status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ChannelOptions, openChannel } from '../../src/client/index.js';
import { startServer } from '../../src/server/index.js';
import { type Authority, type Certificates, openCertificates, type Pair } from '../support/certificates.js';
import { freePort } from '../support/free-port.js';
import { serverWith } from '../support/item-server.js';

let certificates: Certificates;
let authority: Authority;
let pair: Pair;
beforeAll(async () => {
  certificates = await openCertificates();
  authority = await certificates.authority('ours');
  pair = await authority.issue('books');
});
afterAll(() => certificates?.remove());

describe('a call without a connection says what is wrong, and what to do', () => {
  it('where nothing listens', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    expect(await failure(address)).toBe(`nothing listens at ${address}: start the server, or check the address`);
  });

  it('where the name is not known', async () => {
    expect(await failure('nowhere.invalid:50051')).toContain('the name in nowhere.invalid:50051 is not known');
  });

  it('where a client without TLS meets TLS', async () => {
    const address = await serveTls();
    expect(await failure(address)).toBe(
      `${address} closed the connection at once: if it speaks TLS, give --tls or --tls-ca (\`tls\` of a client)`,
    );
  });

  it('where a client with TLS meets none', async () => {
    const { server } = await serverWith();
    expect(await failure(server.address, { tls: true })).toContain('does not speak TLS: leave out --tls');
  });

  it('where the certificate cannot be verified, with the flag that mends it', async () => {
    const address = await serveTls();
    expect(await failure(address, { tls: true })).toBe(
      `the certificate of ${address} cannot be verified (unable to verify the first certificate): trust its authority with --tls-ca (\`tls.ca\` of a client)`,
    );
    const ca = await readFile(authority.cert);
    expect(await failure(address, { tls: { ca } })).toContain('does not implement the method');
  });

  it('where the certificate is for another name', async () => {
    const other = await serveTls('0.0.0.0');
    const ca = await readFile(authority.cert);
    const address = other.replace(/.*:/, '127.0.0.2:');
    expect(await failure(address, { tls: { ca } })).toContain('is for other names: connect by a name that is in it');
  });

  it('where something else than gRPC answers', async () => {
    const server = createHttpServer((_, response) => response.end('hello'));
    expect(await failure(await listening(server))).toContain('does not speak gRPC: check the address');
  });
});

describe('a peer that accepts a connection and says nothing', () => {
  it.each([
    ['without TLS', {}],
    ['with TLS', { tls: true }],
  ] as const)('is waited for as long as the setting says: %s', async (_how, options) => {
    const silent = createServer(() => {});
    const address = await listening(silent);
    expect(await failure(address, { ...options, connectTimeoutMs: 300 })).toBe(
      `no connection to ${address} within 0.3 s: nothing answers there, or the server there does not speak gRPC`,
    );
  });

  it('ends every call that waits, and the channel connects again to one that speaks', async () => {
    const { server } = await serverWith();
    const sockets: Socket[] = [];
    // The first connection is left without an answer, later ones go on to a server.
    const gate = createServer((socket) => {
      sockets.push(socket);
      if (sockets.length > 1) {
        const onward = new (socket.constructor as typeof Socket)().connect(server.port, '127.0.0.1');
        socket.pipe(onward).pipe(socket);
        for (const end of [socket, onward]) end.on('error', () => {});
      }
    });
    const channel = openChannel(await listening(gate), { connectTimeoutMs: 300 });
    onTestFinished(() => channel.close());
    const ask = () => failureOf(channel);
    expect(await Promise.all([ask(), ask()])).toEqual(Array(2).fill(expect.stringContaining('within 0.3 s')));
    expect(await ask()).toContain('does not implement the method');
    expect(sockets).toHaveLength(2);
  });
});

async function serveTls(host = '127.0.0.1'): Promise<string> {
  const server = await startServer({ services: [], port: 0, host, tls: pair });
  onTestFinished(() => server.stop(0));
  return server.address;
}

async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The text of a call's error; nothing implements its method. */
async function failure(address: string, options: ChannelOptions = {}): Promise<string> {
  const channel = openChannel(address, options);
  try {
    return await failureOf(channel);
  } finally {
    channel.close();
  }
}

function failureOf(channel: ReturnType<typeof openChannel>): Promise<string> {
  const same = (bytes: Buffer) => bytes;
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null) => {
      if (error?.code === Status.UNAVAILABLE || error?.code === Status.UNIMPLEMENTED) resolve(error.details);
      else reject(error ?? new Error('the call succeeded'));
    };
    channel.makeUnaryRequest('/no.Service/Method', same, same, Buffer.alloc(0), new Metadata(), done);
  });
}
