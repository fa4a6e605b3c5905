import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callContext, type Principal } from '../../src/runtime/index.js';
import { type Authenticate, checkHealth, jwtAuthenticator, tokenAuthenticator } from '../../src/server/index.js';
import { countItems, readItems, serverWith } from '../support/item-server.js';
import { memoryLogger } from '../support/memory-logger.js';
import { waitFor } from '../support/wait-for.js';

const TOKEN = 'correct-horse-battery-staple';
const bearer = (token: string) => ({ metadata: { authorization: `Bearer ${token}` } });

describe('a bearer token', () => {
  it('admits calls that have it, and no others', async () => {
    const server = await serverWith({ authenticate: tokenAuthenticator(() => [TOKEN]) });
    const client = server.connect();
    const refused = [
      await countItems(client),
      await countItems(client, bearer('wrong')),
      await countItems(client, bearer(`${TOKEN}x`)),
      await countItems(client, bearer('')),
      await countItems(client, { metadata: { authorization: `Basic ${TOKEN}` } }),
    ];
    expect(refused.map(({ code, rows }) => [code, rows])).toEqual(Array(5).fill(['UNAUTHENTICATED', 0]));
    expect(refused[0]?.status.details).toBe('no bearer token; send the metadata `authorization: Bearer <token>`');
    expect(await countItems(client, bearer(TOKEN))).toMatchObject({ code: 'OK', rows: 100 });
    expect(server.calls).toHaveLength(1);
  });

  it('may be one of several, which change while the server runs', async () => {
    let tokens = ['first-token', 'second-token'];
    const server = await serverWith({ authenticate: tokenAuthenticator(() => tokens) });
    const client = server.connect();
    expect((await countItems(client, bearer('second-token'))).code).toBe('OK');
    tokens = ['third-token'];
    expect((await countItems(client, bearer('second-token'))).code).toBe('UNAUTHENTICATED');
    expect((await countItems(client, bearer('third-token'))).code).toBe('OK');
  });

  it('is not required for health checks', async () => {
    const server = await serverWith({ authenticate: tokenAuthenticator(() => [TOKEN]) });
    expect(await checkHealth({ address: server.server.address })).toBe('SERVING');
  });
});

describe('a JWT', () => {
  const ISSUER = 'https://issuer.example/';
  const claims = { issuer: ISSUER, audience: 'books' };
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let pem: string;
  let jwks: { readonly server: Server; readonly url: string };

  beforeAll(async () => {
    keys = await generateKeyPair('ES256', { extractable: true });
    pem = await exportSPKI(keys.publicKey);
    jwks = await serveJson({ keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'ES256', kid: 'one' }] });
  });
  afterAll(() => jwks.server.close());

  const token = (change: (jwt: SignJWT) => SignJWT = (jwt) => jwt, key = keys.privateKey) =>
    change(
      new SignJWT({ role: 'reader' })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setSubject('ada')
        .setIssuer(ISSUER)
        .setAudience('books')
        .setExpirationTime('1h'),
    ).sign(key);

  it.each([
    ['a public key', () => jwtAuthenticator({ ...claims, publicKey: pem })],
    ['a key set', () => jwtAuthenticator({ ...claims, jwksUrl: jwks.url })],
  ])('is checked with %s, and names the principal', async (_, authenticator) => {
    const seen: (Principal | undefined)[] = [];
    const server = await serverWith({
      authenticate: authenticator(),
      wrap: (call) => {
        seen.push(callContext(call)?.principal);
        return call;
      },
    });
    expect(await countItems(server.connect(), bearer(await token()))).toMatchObject({ code: 'OK', rows: 100 });
    expect(seen).toEqual([{ id: 'ada', claims: expect.objectContaining({ role: 'reader', aud: 'books' }) }]);
  });

  it('is refused when it has expired, is for another audience, by another issuer, never ends, or is signed by another key', async () => {
    const server = await serverWith({ authenticate: jwtAuthenticator({ ...claims, publicKey: pem }) });
    const client = server.connect();
    const stranger = await generateKeyPair('ES256');
    const refused = await Promise.all(
      [
        await token((jwt) => jwt.setExpirationTime('-1h')),
        await token((jwt) => jwt.setAudience('films')),
        await token((jwt) => jwt.setIssuer('https://elsewhere.example/')),
        await new SignJWT({})
          .setProtectedHeader({ alg: 'ES256' })
          .setIssuer(ISSUER)
          .setAudience('books')
          .sign(keys.privateKey),
        await token(undefined, stranger.privateKey),
        await new SignJWT({})
          .setProtectedHeader({ alg: 'HS256' })
          .setIssuer(ISSUER)
          .setAudience('books')
          .setExpirationTime('1h')
          .sign(new TextEncoder().encode(pem)),
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: ISSUER, aud: 'books', exp: 4e9 })).toString('base64url')}.`,
        'not-a-jwt',
      ].map((text) => countItems(client, bearer(text))),
    );
    expect(refused.map(({ code, rows }) => [code, rows])).toEqual(Array(8).fill(['UNAUTHENTICATED', 0]));
    expect(refused[0]?.status.details).toBe('the token has expired; get a new one');
    expect(refused[1]?.status.details).toBe('the token is not valid');
    expect((await countItems(client, bearer(await token()))).code).toBe('OK');
  });

  it.each([[5], [['ada']], [{ name: 'ada' }], [true], ['']])('is refused when its subject is %j', async (sub) => {
    const server = await serverWith({ authenticate: jwtAuthenticator({ ...claims, publicKey: pem }) });
    const signed = await new SignJWT({ sub: sub as string })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(ISSUER)
      .setAudience('books')
      .setExpirationTime('1h')
      .sign(keys.privateKey);
    const { code, status } = await countItems(server.connect(), bearer(signed));
    expect(code).toBe('UNAUTHENTICATED');
    expect(status.details).toContain('the subject of the token (sub) is not a text');
  });

  it('cannot be checked while the issuer does not answer: the client may try again', async () => {
    const away = await serveJson({});
    await new Promise((resolve) => away.server.close(resolve));
    const server = await serverWith({ authenticate: jwtAuthenticator({ ...claims, jwksUrl: away.url }) });
    expect((await countItems(server.connect(), bearer(await token()))).code).toBe('UNAVAILABLE');
  });

  it('needs keys from an https:// address', () => {
    expect(() => jwtAuthenticator({ ...claims, jwksUrl: 'http://issuer.example/jwks.json' })).toThrow('https://');
    expect(() => jwtAuthenticator({ ...claims, jwksUrl: 'jwks.json' })).toThrow('https://');
    expect(() => jwtAuthenticator(claims)).toThrow('either');
    expect(() => jwtAuthenticator({ ...claims, publicKey: 'no key' })).toThrow('PEM');
  });
});

describe('a hook of the user', () => {
  it.each<[string, Authenticate, string]>([
    ['says nobody', () => undefined, 'UNAUTHENTICATED'],
    ['throws', () => Promise.reject(new Error('database of sessions: password=hunter2')), 'INTERNAL'],
  ])('refuses a call when it %s, and gives no details', async (_, authenticate, code) => {
    const logger = memoryLogger();
    const server = await serverWith({ authenticate, logger });
    const { status, ...refused } = await countItems(server.connect());
    expect(refused).toEqual({ code, rows: 0 });
    expect(status.details).not.toContain('hunter2');
    expect(server.calls).toEqual([]);
    if (code === 'INTERNAL') expect(logger.lines).toMatchObject([{ level: 'error', line: 'authentication failed' }]);
  });

  it('sees the method, the metadata and the address', async () => {
    const seen: unknown[] = [];
    const authenticate: Authenticate = ({ method, metadata, address, certificate }) => {
      seen.push({ method, cookie: metadata.get('cookie'), address, certificate });
      return { id: 'ada' };
    };
    const server = await serverWith({ authenticate });
    await countItems(server.connect(), { metadata: { cookie: 'a=1' } });
    expect(seen).toEqual([
      {
        method: 'test.v1.ItemStreamService/StreamItems',
        cookie: ['a=1'],
        address: '127.0.0.1',
        certificate: undefined,
      },
    ]);
  });

  it('does not count a client that left during authentication', async () => {
    const answers: ((principal: Principal) => void)[] = [];
    const authenticate: Authenticate = () => new Promise((resolve) => answers.push(resolve));
    const accessLogger = memoryLogger();
    const server = await serverWith({ authenticate, limits: { maxStreams: 1 }, accessLogger });
    const client = server.connect();
    const left = readItems(client);
    await waitFor('the first question', () => answers.length === 1);
    left.call.cancel();
    await waitFor('its end', () => accessLogger.lines.length === 1);
    const next = countItems(client);
    await waitFor('the second question', () => answers.length === 2);
    answers[0]?.({ id: 'gone' });
    answers[1]?.({ id: 'here' });
    expect((await next).code).toBe('OK');
    expect(server.calls).toHaveLength(1);
  });
});

async function serveJson(value: object): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json` };
}
