import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callContext } from '../../src/runtime/index.js';
import { checkHealth } from '../../src/server/index.js';
import { inMemoryDelegate, stallAtRow } from '../../src/testing/index.js';
import { type Authority, type Certificates, openCertificates, type Pair, pem } from '../support/certificates.js';
import { countItems, readItems, serverWith, startItemServer } from '../support/item-server.js';
import { itemRows } from '../support/items.js';
import { memoryLogger } from '../support/memory-logger.js';
import { waitFor } from '../support/wait-for.js';

let certificates: Certificates;
let authority: Authority;
let stranger: Authority;
let own: Pair;
beforeAll(async () => {
  certificates = await openCertificates();
  authority = await certificates.authority('authority');
  stranger = await certificates.authority('stranger');
  own = await authority.issue('server');
});
afterAll(() => certificates.remove());

/** What a client shows, and whom it trusts. */
async function channel(trusted: Pair, shown?: Pair): Promise<ChannelCredentials> {
  const { cert: ca } = await pem(trusted);
  if (!shown) return credentials.createSsl(ca);
  const { cert, key } = await pem(shown);
  return credentials.createSsl(ca, key, cert);
}

describe('TLS', () => {
  it('ends a call that outlasts the grace time with UNAVAILABLE, as it does without TLS', async () => {
    const server = await serverWith({ tls: own, delegate: stallAtRow(50, inMemoryDelegate(itemRows(100))) });
    const running = readItems(server.connect(await channel(authority)));
    await waitFor('the stream', () => server.calls.length === 1);
    await server.server.stop(0.05);
    expect((await running.ended).code).toBe('UNAVAILABLE');
  });

  it('serves clients that trust the certificate, and no client without TLS', async () => {
    const server = await serverWith({ tls: own });
    expect(await countItems(server.connect(await channel(authority)))).toMatchObject({ code: 'OK', rows: 100 });
    expect((await countItems(server.connect(await channel(stranger)))).code).toBe('UNAVAILABLE');
    expect((await countItems(server.connect())).code).toBe('UNAVAILABLE');
    expect(await checkHealth({ address: server.server.address, tls: { ca: authority.cert } })).toBe('SERVING');
  });

  it('does not start with invalid files, and says which and why', async () => {
    const other = await authority.issue('other');
    const old = await authority.issue('old', { days: -1 });
    const text = join(certificates.folder, 'text.pem');
    await writeFile(text, 'no certificate');
    const starting = (tls: { cert: string; key: string; clientCa?: string }) => startItemServer({ tls });
    await expect(starting({ ...own, cert: '/nowhere.pem' })).rejects.toThrow(
      'the certificate /nowhere.pem cannot be read: ENOENT',
    );
    await expect(starting({ ...own, key: '/nowhere.key' })).rejects.toThrow(
      'the private key /nowhere.key cannot be read: ENOENT',
    );
    await expect(starting({ ...own, clientCa: '/nowhere.ca' })).rejects.toThrow(
      'the client authority /nowhere.ca cannot be read',
    );
    await expect(starting({ ...own, cert: text })).rejects.toThrow(
      `the certificate ${text} holds no certificate in PEM`,
    );
    await expect(starting({ ...own, key: text })).rejects.toThrow(
      `the private key ${text} is not in PEM format without a passphrase`,
    );
    await expect(starting({ ...own, key: other.key })).rejects.toThrow(
      `${other.key} does not belong to the certificate ${own.cert}`,
    );
    await expect(starting(old)).rejects.toThrow(`the certificate ${old.cert} expired on `);
  });
});

describe('mutual TLS', () => {
  it('serves clients with a certificate of the authority, under its name', async () => {
    const principals: unknown[] = [];
    const server = await serverWith({
      tls: { ...own, clientCa: authority.cert },
      wrap: (call) => {
        principals.push(callContext(call)?.principal);
        return call;
      },
    });
    const shown = await authority.issue('reporting');
    expect(await countItems(server.connect(await channel(authority, shown)))).toMatchObject({ code: 'OK', rows: 100 });
    expect(principals).toEqual([{ id: 'reporting' }]);
  });

  it('refuses clients without a certificate, with an expired one, or with one of another authority, and serves others', async () => {
    const server = await serverWith({ tls: { ...own, clientCa: authority.cert } });
    const shown = [undefined, await authority.issue('late', { days: -1 }), await stranger.issue('foreign')];
    for (const pair of shown) {
      const refused = await countItems(server.connect(await channel(authority, pair)));
      expect([refused.code, refused.rows]).toEqual(['UNAVAILABLE', 0]);
    }
    expect(server.calls).toEqual([]);
    const good = await authority.issue('good');
    expect((await countItems(server.connect(await channel(authority, good)))).code).toBe('OK');
  });
});

describe('certificates that change', () => {
  it('are used for new connections, while running streams continue; invalid ones are not used', async () => {
    const live = { cert: join(certificates.folder, 'live.pem'), key: join(certificates.folder, 'live.key') };
    const install = async (pair: Pair) => {
      await copyFile(pair.cert, live.cert);
      await copyFile(pair.key, live.key);
    };
    await install(own);
    const logger = memoryLogger();
    const server = await serverWith({ tls: live, reloadIntervalMs: 20, logger, rows: 5000 });
    const running = readItems(server.connect(await channel(authority)));
    await waitFor('rows', () => running.rows.length > 0);
    running.call.pause();

    await install(await stranger.issue('server'));
    await waitFor('the reload', () => logger.lines.some(({ line }) => line === 'certificates reloaded'));
    expect((await countItems(server.connect(await channel(stranger)))).code).toBe('OK');
    expect((await countItems(server.connect(await channel(authority)))).code).toBe('UNAVAILABLE');

    await writeFile(live.cert, 'half a certif');
    await waitFor('a complaint', () =>
      logger.lines.some(({ line }) => line.startsWith('changed files cannot be used')),
    );
    expect((await countItems(server.connect(await channel(stranger)))).code).toBe('OK');

    running.call.resume();
    expect((await running.ended).code).toBe('OK');
    expect(running.rows).toHaveLength(5000);
  });
});
