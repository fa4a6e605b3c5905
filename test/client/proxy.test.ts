import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openChannel } from '../../src/client/index.js';
import { isLocalAddress } from '../../src/client/loopback.js';
import { checkHealth } from '../../src/server/index.js';
import { countItems, type ItemServer, startItemServer } from '../support/item-server.js';
import { spawnCli } from '../support/spawn-cli.js';

/** A proxy of the environment that reaches nothing; it counts who comes. */
const proxy = createServer((socket) => {
  visitors++;
  socket.destroy();
});
let visitors = 0;
let server: ItemServer;

beforeAll(async () => {
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  server = await startItemServer({ rows: 3 });
  const address = proxy.address();
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  for (const name of ['http_proxy', 'https_proxy', 'grpc_proxy']) {
    vi.stubEnv(name, `http://127.0.0.1:${address.port}`);
  }
});
afterEach(() => expect(visitors).toBe(0));
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  proxy.close();
});

describe('an HTTP proxy in the environment', () => {
  it('is not used for a client of a server on this machine', async () => {
    const channel = openChannel(server.server.address);
    try {
      expect(await countItems(channel)).toMatchObject({ code: 'OK', rows: 3 });
    } finally {
      channel.close();
    }
  });

  it('is not used to ask a server on this machine for its health', async () => {
    expect(await checkHealth({ address: server.server.address })).toBe('SERVING');
    expect(await spawnCli(['health', server.server.address])).toMatchObject({ exitCode: 0 });
  });
});

describe('an address', () => {
  it.each([
    'localhost:50051',
    '127.0.0.1:1',
    '127.8.9.10:1',
    '[::1]:50051',
    'dns:localhost:1',
    'dns:///localhost:1',
    'unix:/run/books.sock',
    'unix-abstract:books',
  ])('%s is on this machine', (address) => expect(isLocalAddress(address)).toBe(true));

  it.each([
    'books.example.com:443',
    '10.0.0.1:50051',
    'localhost.example.com:1',
    '[2001:db8::1]:1',
    'dns:///books:1',
  ])('%s is elsewhere', (address) => expect(isLocalAddress(address)).toBe(false));
});
