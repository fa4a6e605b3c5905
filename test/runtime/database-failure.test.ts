import { describe, expect, it } from 'vitest';
import { statusOf } from '../../src/runtime/index.js';
import { readAgain } from '../../src/runtime/rows/retry-chunk.js';

/** Errors as Prisma's client, its driver adapters and the drivers throw them. */
const failures: readonly (readonly [string, string, Error])[] = [
  ['a server that cannot be reached', 'UNAVAILABLE', coded('P1001')],
  ['one that was reached too late', 'UNAVAILABLE', coded('P1002')],
  ['a connection that was closed', 'UNAVAILABLE', coded('P1017')],
  ['a client that could not start', 'UNAVAILABLE', Object.assign(new Error(secret()), { errorCode: 'P1001' })],
  ['an adapter without its server', 'UNAVAILABLE', adapterError({ kind: 'DatabaseNotReachable', host: secret() })],
  ['an administrator of PostgreSQL', 'UNAVAILABLE', adapterError({ kind: 'postgres', code: '57P01' })],
  ['a closed socket of MariaDB', 'UNAVAILABLE', adapterError({ kind: 'mysql', code: 45009 })],
  [
    'a pool of MariaDB that cannot connect',
    'UNAVAILABLE',
    adapterError({ kind: 'mysql', code: 45028, cause: `connect ECONNREFUSED ${secret()}` }),
  ],
  ['a socket that pg says nothing more of', 'UNAVAILABLE', new Error('Connection terminated unexpectedly')],
  ['a pool without a free connection', 'RESOURCE_EXHAUSTED', coded('P2024')],
  ['a database without a free connection', 'RESOURCE_EXHAUSTED', adapterError({ kind: 'TooManyConnections' })],
  ['a pool of MariaDB that is used up', 'RESOURCE_EXHAUSTED', adapterError({ kind: 'mysql', code: 45028 })],
  [
    'a transaction that did not begin',
    'RESOURCE_EXHAUSTED',
    coded('P2028', 'Transaction API error: Unable to start a transaction in the given time.'),
  ],
  ['an operation that timed out', 'ABORTED', coded('P1008')],
  ['a statement timeout of PostgreSQL', 'ABORTED', adapterError({ kind: 'postgres', code: '57014' })],
  ['a statement timeout of MariaDB', 'ABORTED', adapterError({ kind: 'mysql', code: 1969 })],
  ['a column that does not exist', 'UNAVAILABLE', coded('P2022')],
  ['a table that does not exist', 'UNAVAILABLE', adapterError({ kind: 'TableDoesNotExist', table: secret() })],
  ['a wrong password', 'UNAVAILABLE', adapterError({ kind: 'AuthenticationFailed', user: secret() })],
  [
    'a pool of MariaDB that is not let in',
    'UNAVAILABLE',
    adapterError({ kind: 'mysql', code: 45028, cause: `Access denied for user '${secret()}'` }),
  ],
  [
    'the same from its driver itself',
    'UNAVAILABLE',
    Object.assign(new Error('pool timeout', { cause: new Error(`Unknown database '${secret()}'`) }), { errno: 45028 }),
  ],
  ["a pool of MariaDB's driver that is used up", 'RESOURCE_EXHAUSTED', Object.assign(new Error(), { errno: 45028 })],
  ['a file of SQLite that is missing', 'UNAVAILABLE', coded('database.missing')],
  ['a write conflict', 'ABORTED', coded('P2034')],
  [
    'what the client found beneath a code of its own',
    'UNAVAILABLE',
    Object.assign(coded('P2010'), { meta: { driverAdapterError: adapterError({ kind: 'ConnectionClosed' }) } }),
  ],
];

describe('a database that does not answer', () => {
  it.each(failures)("is reported to the client with %s as %s, without the database's message", (_, name, error) => {
    const { name: told, details, metadata } = statusOf(error, 30);
    expect(told).toBe(name);
    expect(details).not.toContain(secret());
    expect(String(metadata?.get('grpc-status-details-bin')[0])).toContain('RetryInfo');
  });

  it.each([
    ['a mistake in a query', adapterError({ kind: 'postgres', code: '42601' })],
    ['a transaction that is over', coded('P2028', 'Transaction already closed')],
    ['a mistake of ours', new TypeError('undefined is not a function')],
    ['nothing at all', undefined],
    ['an error that is its own cause', ownCause()],
  ])('is not the reason for %s', (_, error) => {
    expect(statusOf(error, 30)).toEqual({ code: 13, name: 'INTERNAL', details: 'internal error' });
  });
});

describe('reading again', () => {
  it("ends with the database's error when the database stays away", async () => {
    let asked = 0;
    const lost = coded('P1001');
    const read = () => Promise.reject(++asked > 0 && lost);
    const signal = new AbortController().signal;
    await expect(readAgain(read, { chunkSize: 1, signal })).rejects.toBe(lost);
    expect(asked).toBe(6);
  });

  it('does not wait for a database after its stream ended', async () => {
    const stream = new AbortController();
    const lost = coded('P1001');
    const read = () => Promise.reject(lost);
    const reading = readAgain(read, { chunkSize: 1, signal: stream.signal, onRetry: () => stream.abort() });
    await expect(reading).rejects.toBe(lost);
  });

  it('does not repeat a query that the database refuses', async () => {
    let asked = 0;
    const read = () => Promise.reject(++asked > 0 && coded('P2022'));
    await expect(readAgain(read, { chunkSize: 1, signal: new AbortController().signal })).rejects.toThrow();
    expect(asked).toBe(1);
  });
});

function secret(): string {
  return 'db.internal.example';
}

function coded(code: string, message = `cannot reach ${secret()}`): Error {
  return Object.assign(new Error(message), { code });
}

function adapterError(cause: object): Error {
  return Object.assign(new Error(`socket of ${secret()}`), { name: 'DriverAdapterError', cause });
}

function ownCause(): Error {
  const error = new Error('itself');
  error.cause = error;
  return error;
}
