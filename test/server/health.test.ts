import { join } from 'node:path';
import type { ClientReadableStream } from '@grpc/grpc-js';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import Sqlite from 'better-sqlite3';
import { service } from 'grpc-health-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { databaseCheck, watchDatabase } from '../../src/server/database-health.js';
import { checkHealth } from '../../src/server/index.js';
import { inMemoryDelegate } from '../../src/testing/index.js';
import { type ItemServer, serverWith } from '../support/item-server.js';
import { itemService } from '../support/item-service.js';
import { memoryLogger } from '../support/memory-logger.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { suiteFolder } from '../support/suite-folder.js';
import { openTcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const SERVICE = 'test.v1.ItemStreamService';

/** Follows what health says; the list grows. */
function watch(server: ItemServer, name: string): { readonly said: string[]; readonly ended: Promise<unknown> } {
  const { path, requestSerialize, responseDeserialize } = service.Watch as NonNullable<typeof service.Watch>;
  const call: ClientReadableStream<object> = server
    .connect()
    .makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service: name });
  const said: string[] = [];
  call.on('data', (answer: object) => said.push(String(Reflect.get(answer, 'status'))));
  call.on('error', () => {});
  return { said, ended: new Promise((resolve) => call.once('status', resolve)) };
}

describe('health', () => {
  it('is served for the server and for each service', async () => {
    const { server } = await serverWith();
    expect(await checkHealth({ address: server.address })).toBe('SERVING');
    expect(await checkHealth({ address: server.address, service: SERVICE })).toBe('SERVING');
    expect(await checkHealth({ address: server.address, service: 'no.such.Service' })).toBe('SERVICE_UNKNOWN');
  });

  it('sends NOT_SERVING to calls of Watch when the server stops, and ends them', async () => {
    const server = await serverWith();
    const [whole, unknown] = [watch(server, ''), watch(server, 'no.such.Service')];
    await waitFor('the first word', () => whole.said.length + unknown.said.length === 2);
    // A grace time that the test does not have: it is not used up.
    await server.server.stop(3600);
    await Promise.all([whole.ended, unknown.ended]);
    expect(whole.said).toEqual(['SERVING', 'NOT_SERVING']);
    expect(unknown.said).toEqual(['SERVICE_UNKNOWN']);
  });

  it('reports a server that does not answer', async () => {
    const { server } = await serverWith();
    await server.stop(0);
    await expect(checkHealth({ address: server.address })).rejects.toThrow(`${server.address} does not answer`);
  });
});

describe('health with a database', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  it('is NOT_SERVING while the database does not answer, also at the start, and SERVING when it answers again', async () => {
    const proxy = await openTcpProxy(Number(new URL(postgres.url).port));
    onTestFinished(() => proxy.close());
    proxy.refuse();
    const logger = memoryLogger();
    const connectionString = `postgresql://postgres:postgres@${proxy.address}/postgres`;
    const { check, close } = databaseCheck(new PrismaPg({ connectionString }));
    const server = await serverWith({ checkDatabase: check, logger });
    const { address } = server.server;
    await waitFor('a complaint', () => logger.lines.length === 1);
    expect(await checkHealth({ address })).toBe('NOT_SERVING');
    expect(server.server.serving).toBe(false);
    expect(await checkHealth({ address, service: 'liveness' })).toBe('SERVING');
    expect(logger.lines[0]).toMatchObject({ level: 'error', line: expect.stringContaining('does not answer') });
    expect(JSON.stringify(logger.lines)).not.toContain('postgres:postgres');

    const seen = watch(server, SERVICE);
    await proxy.accept();
    await waitFor('health', () => seen.said.at(-1) === 'SERVING');
    expect(server.server.serving).toBe(true);
    proxy.refuse();
    await waitFor('no health', () => seen.said.at(-1) === 'NOT_SERVING');
    await proxy.accept();
    await waitFor('health again', () => seen.said.at(-1) === 'SERVING');
    expect(logger.lines.map(({ level }) => level)).toEqual(['error', 'info', 'error', 'info']);
    await close();
  });
});

describe('the check of a SQLite database', () => {
  const folder = suiteFolder();

  it('does not wait for a writer that holds the file: the database answers', async () => {
    const file = join(folder.path, 'locked.db');
    const writer = new Sqlite(file);
    onTestFinished(() => void writer.close());
    writer.exec('CREATE TABLE "Item" (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO "Item" VALUES (1, \'one\')');
    const { service } = itemService({ delegate: inMemoryDelegate([]) });
    const lockTimeoutMs = 30_000;
    const adapter = new PrismaBetterSqlite3({ url: `file:${file}`, timeout: lockTimeoutMs });
    const { check, close } = databaseCheck(adapter, { services: [service] });
    onTestFinished(close);
    expect(await check(new AbortController().signal)).toEqual(new Map());
    writer.exec('BEGIN EXCLUSIVE');
    const start = performance.now();
    expect(await check(new AbortController().signal)).toEqual(new Map());
    // A check that waits for the writer would hold the server for as long.
    expect(performance.now() - start).toBeLessThan(lockTimeoutMs);
    writer.exec('COMMIT');
  });
});

describe('the watch over a database', () => {
  it('reports an outage after two failures, not after one', async () => {
    const ending = new AbortController();
    const answers = [true, false, true, false, false, true];
    const seen: boolean[] = [];
    await watchDatabase({
      check: async (): Promise<void> => {
        const answer = answers.shift();
        if (answer === undefined) return ending.abort();
        if (!answer) throw new Error('away');
      },
      onChange: (state) => seen.push(!('problem' in state)),
      signal: ending.signal,
      intervalMs: 1,
    });
    expect(seen).toEqual([true, false, true]);
  });

  it('stops waiting for an answer that does not come', async () => {
    const ending = new AbortController();
    let gaveUp = false;
    const state = await new Promise((resolve) => {
      void watchDatabase({
        check: (signal) => new Promise<void>(() => signal.addEventListener('abort', () => (gaveUp = true))),
        onChange: resolve,
        signal: ending.signal,
        timeoutMs: 20,
      });
    });
    ending.abort();
    expect(state).toMatchObject({ problem: { message: 'no answer within 0.02 s' } });
    expect(gaveUp).toBe(true);
  });
});

describe('what the watch reports', () => {
  /** Looks so many times, and lists the problems that were told. */
  async function told(answers: readonly (string | undefined)[]): Promise<string[]> {
    const ending = new AbortController();
    const left = [...answers];
    const reasons: string[] = [];
    await watchDatabase({
      check: async (): Promise<void> => {
        const reason = left.shift();
        if (left.length === 0) ending.abort();
        if (reason !== undefined) throw new Error(reason);
      },
      onChange: (state) => reasons.push('problem' in state ? String(state.problem) : 'answers'),
      signal: ending.signal,
      intervalMs: 1,
    });
    return reasons;
  }

  it('has each reason once, also when it differs only by a port or a time', async () => {
    expect(
      await told(['from port 1', 'from port 22', 'wrong password', 'wrong password', undefined, undefined]),
    ).toEqual(['Error: from port 1', 'Error: wrong password', 'answers']);
  });

  it('has the reason for a late answer when it becomes known', async () => {
    const ending = new AbortController();
    const told: string[] = [];
    let looks = 0;
    const watching = watchDatabase({
      check: (signal) =>
        new Promise<void>((_, reject) => {
          if (++looks === 4) ending.abort();
          signal.addEventListener('abort', () => setImmediate(() => reject(new Error('wrong password'))));
        }),
      onChange: (state) => told.push('problem' in state ? String(state.problem) : 'answers'),
      signal: ending.signal,
      timeoutMs: 20,
    });
    await watching;
    expect(told).toEqual(['Error: no answer within 0.02 s', 'Error: wrong password']);
  });
});
