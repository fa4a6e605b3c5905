import { chmod, chown, copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultStreamingSettings } from '../../src/config/index.js';
import { closeReader, defineModel, type SqlReaderFactory, statusOf } from '../../src/runtime/index.js';
import { parseRequest } from '../../src/runtime/request/parse-request.js';
import { modelReading } from '../../src/runtime/rows/model-reading.js';
import { type Certificates, openCertificates } from '../support/certificates.js';
import { idsOfChunks, type ReadIds } from '../support/chunk-ids.js';
import { type NewPostgres, newPostgres } from '../support/postgres.js';
import { type BreakingProxy, openBreakingProxy } from './support/breaking-proxy.js';
import { NO_CLIENT } from './support/served-schema.js';

const MODEL = defineModel({
  name: 'Note',
  delegate: 'note',
  provider: 'postgresql',
  table: 'note',
  key: ['id'],
  fields: [
    { name: 'id', number: 1, type: 'Int' },
    { name: 'at', number: 2, type: 'DateTime', native: 'Timestamptz(6)' },
    { name: 'text', number: 3, type: 'String' },
  ],
  orders: { AT_DESC: ['at desc', 'id desc'] },
});

/** Rows of different lengths, some of which take many packets. */
const FILL = `
CREATE TABLE note (id INT PRIMARY KEY, at timestamptz(6) NOT NULL, text text NOT NULL);
INSERT INTO note SELECT n, '2024-11-03 05:30:00+00'::timestamptz + (n % 7) * interval '1 microsecond', repeat('é', (n * n * 37) % 20000)
FROM generate_series(1, 60) AS n`;

const IDS = Array.from({ length: 60 }, (_, index) => index + 1);
const BY_TIME = IDS.toSorted((a, b) => (b % 7) - (a % 7) || b - a);

let postgres: NewPostgres;
let certificates: Certificates;

beforeAll(async () => {
  certificates = await openCertificates();
  postgres = await newPostgres();
  await postgres.initialise();
  await postgres.start();
  await encrypt(postgres.folder);
  await administer(FILL, "ALTER SYSTEM SET ssl = 'on'", 'SELECT pg_reload_conf()');
});
afterAll(async () => {
  await postgres?.stop();
  await certificates?.remove();
});

/** A certificate where PostgreSQL looks for one, with a key that belongs to the user whom it runs as. */
async function encrypt(folder: string): Promise<void> {
  const pair = await (await certificates.authority('postgres')).issue('localhost');
  const { uid, gid } = await stat(folder);
  for (const [from, name] of [
    [pair.cert, 'server.crt'],
    [pair.key, 'server.key'],
  ] as const) {
    const path = join(folder, name);
    await copyFile(from, path);
    await chmod(path, 0o600);
    if (process.getuid?.() === 0) await chown(path, uid, gid);
  }
}

async function administer(...statements: readonly string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    const results: unknown[] = [];
    for (const sql of statements) results.push(...((await client.query(sql)).rows ?? []));
    return results;
  } finally {
    await client.end();
  }
}

describe.each([
  ['in the clear', undefined],
  ['by TLS', { rejectUnauthorized: false }],
] as const)('a connection to PostgreSQL %s that breaks in the midst of a row', (_, ssl) => {
  let proxy: BreakingProxy;
  let adapter: SqlReaderFactory;

  beforeEach(async () => {
    proxy = await openBreakingProxy(postgres.port);
    const { port } = proxy;
    const config = { host: '127.0.0.1', port, user: 'postgres', password: 'postgres', database: 'postgres', max: 2 };
    adapter = new PrismaPg({ ...config, ...(ssl ? { ssl } : {}) });
  });
  afterEach(async () => {
    await closeReader(adapter);
    await proxy.close();
  });

  function ids(request: object = {}, chunkSize = 25, options: ReadIds = {}): Promise<number[]> {
    const settings = defaultStreamingSettings;
    const { read } = modelReading(MODEL, { prisma: NO_CLIENT as never, adapter }, { settings });
    return idsOfChunks(read(parseRequest(request, MODEL, settings)), chunkSize, options);
  }

  it('is what it is said to be', async () => {
    expect(await ids()).toEqual(IDS);
    const [row] = await administer(
      'SELECT bool_or(ssl) AS ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE pid <> pg_backend_pid() AND client_port IS NOT NULL',
    );
    expect(row).toEqual({ ssl: ssl !== undefined });
  });

  it('loses no row and brings none twice, wherever it breaks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 700_000 }), fc.constantFrom('reset' as const, 'close' as const)), {
          minLength: 1,
          maxLength: 2,
        }),
        fc.boolean(),
        fc.constantFrom(1, 9, 25, 100),
        async (breaks, isByTime, chunkSize) => {
          const request = isByTime ? { order: 'AT_DESC' } : {};
          const retries: unknown[] = [];
          let broken = 0;
          const left = [...breaks];
          const breakNext = () => {
            const [next] = left.splice(0, 1);
            if (next)
              void proxy
                .breakBehind(...next)
                .then(() => broken++)
                .then(breakNext);
          };
          breakNext();
          const found = await ids(request, chunkSize, { onRetry: (error) => retries.push(error) });
          expect(found).toEqual(isByTime ? BY_TIME : IDS);
          expect(retries.length).toBeLessThanOrEqual(broken);
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it('that goes silent ends the stream with its signal, and no row twice', async () => {
    const broken = proxy.breakBehind(300_000, 'silence');
    const stop = new AbortController();
    const reading = ids({}, 25, { signal: stop.signal }).catch((error: unknown) => error);
    await broken;
    stop.abort(new Error('enough'));
    expect(await reading).toMatchObject({ message: 'enough' });
    expect(await ids()).toEqual(IDS);
  });

  it('goes on behind the last row when the whole server was killed meanwhile', async () => {
    const broken = proxy.breakBehind(200_000, 'silence');
    const reading = ids({ order: 'AT_DESC' }, 25);
    await broken;
    await postgres.restart({ how: 'killed' });
    proxy.cut();
    expect(await reading).toEqual(BY_TIME);
  });

  it('ends the stream with UNAVAILABLE where the server stays away', async () => {
    const broken = proxy.breakBehind(200_000, 'reset');
    const retries: unknown[] = [];
    const reading = ids({}, 25, { onRetry: (error) => retries.push(error) }).catch((error: unknown) => error);
    await broken;
    await proxy.close();
    expect(statusOf(await reading, 30)).toMatchObject({ name: 'UNAVAILABLE' });
    expect(retries.length).toBeGreaterThan(0);
  });
});
