import { readFile } from 'node:fs/promises';
import { Server, ServerCredentials, type ServerWritableStream, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../src/bench/executor.js';
import { openRemoteExecutor, type ProcessExecutor, type RemoteServer } from '../../src/bench/index.js';
import { allowedCores, pinProcess, shareCores } from '../../src/bench/processes/process-pool.js';
import { EnvironmentError } from '../../src/errors/index.js';
import { type BenchLoad, type BenchSetting, plainLoad } from '../../src/results/index.js';
import { openCertificates } from '../support/certificates.js';
import { entries, openDemo, smallSettings } from './built-demo.js';

const ROWS = 3000;

let executor: ProcessExecutor;

beforeAll(async () => {
  executor = await openDemo({ scenarios: ['latency', 'slow-consumer', 'many-clients', 'partitions', 'legacy'] });
}, 120_000);

afterAll(() => executor?.close());

function setting(load: Partial<BenchLoad>, batchRows: number | null = null): BenchSetting {
  const mode = batchRows === null ? 'rows' : 'batches';
  return { chunk: 500, checkInterval: 100, mode, batchRows, load: { ...plainLoad, ...load } };
}

/** Rows and checksum of what a load brought, as each of its streams saw them. */
async function seen(load: Partial<BenchLoad>, on: Executor = executor, batchRows: number | null = null) {
  const { client, server } = await on.stream(setting(load, batchRows));
  return { server, streams: client.streams.map(({ rows, checksum }) => ({ rows, checksum })) };
}

const whole = () => ({ rows: ROWS, checksum: executor.tables[0].checksum });

describe('what a load asks for', () => {
  it.each([
    'plain',
    'offset',
    'legacy',
  ] as const)('%s brings the rows that a stream brings, to the byte', async (method) => {
    const { server, streams } = await seen({ method });
    expect(streams).toEqual([whole()]);
    expect(server).toMatchObject({ status: 'OK', rows: ROWS, times: null, peakQueuedBytes: null });
  });

  it('brings the same in chunks that the stream finds, and says how many rows they had', async () => {
    const auto = await openDemo({ chunks: [100, 'auto'] });
    try {
      const { client, server } = await auto.stream({ ...setting({}), chunk: 'auto' });
      expect(client.streams).toMatchObject([{ rows: ROWS, checksum: auto.tables[0].checksum }]);
      expect(server?.chunkSize).toBeGreaterThan(64);
      expect(server?.chunkSize).toBeLessThanOrEqual(100_000);
      // A request that names its chunk has that one.
      expect((await auto.stream({ ...setting({}), chunk: 100 })).server).toMatchObject({ largestChunk: 100 });
    } finally {
      await auto.close();
    }
  });

  it.each([1, 2])('comes as often as it is read, one reading after the other, with %d clients', async (clients) => {
    const { client, server } = await executor.stream(setting({ clients }), { readings: 3 });
    const streams = client.streams.map(({ rows, checksum }) => ({ rows, checksum }));
    expect(streams).toEqual(Array(3 * clients).fill(whole()));
    expect(server).toMatchObject({ status: 'OK', rows: 3 * clients * ROWS });
    const readings = [0, 1, 2].map((reading) => client.streams.slice(reading * clients, (reading + 1) * clients));
    for (const [index, own] of readings.slice(1).entries())
      for (const { startedAt } of own)
        for (const { endedAt } of readings[index] ?? []) expect(startedAt).toBeGreaterThan(endedAt);
  });

  it('brings every client the whole table, and adds up what they cost the server', async () => {
    const { server, streams } = await seen({ clients: 3 });
    expect(streams).toEqual([whole(), whole(), whole()]);
    expect(server?.rows).toBe(3 * ROWS);
  });

  it('brings a table in parts that make up the whole, in rows and in batches', async () => {
    for (const batchRows of [null, 250]) {
      const { server, streams } = await seen({ partitions: 3 }, executor, batchRows);
      expect(streams).toEqual([whole()]);
      expect(server?.rows).toBe(ROWS);
    }
  });

  it('brings it in parts to each of several clients', async () => {
    const { server, streams } = await seen({ partitions: 2, clients: 3 });
    expect(streams).toEqual([whole(), whole(), whole()]);
    expect(server?.rows).toBe(3 * ROWS);
  });

  it('brings the same from a snapshot, and from far away', async () => {
    expect((await seen({ consistency: 'snapshot' })).streams).toEqual([whole()]);
    const near = await executor.stream(setting({}));
    const far = await executor.stream(setting({ rttMs: 60, windowBytes: 65_535 }));
    expect(far.client.streams[0]?.checksum).toBe(near.client.streams[0]?.checksum);
    expect(far.client.streams[0]?.firstRowMs).toBeGreaterThan(59);
  });

  it('brings the same compressed, in fewer bytes', async () => {
    const plain = await executor.stream(setting({}, 250));
    const gzip = await executor.stream(setting({ compression: 'gzip' }, 250));
    expect(gzip.client.streams).toMatchObject([whole()]);
    expect(gzip.client.streams[0]?.wireBytes).toBeLessThan((plain.client.streams[0]?.wireBytes ?? 0) / 2);
  });

  it('begins short reads by the clock, each checked against the table’s first rows', async () => {
    const reads = setting({ readsPerSecond: 20, rows: 100 });
    const { client, server } = await executor.stream(reads);
    const { checksum, rows } = executor.expected(reads);
    expect(rows).toBe(100);
    expect(client.streams).toHaveLength(40);
    for (const stream of client.streams) expect(stream).toMatchObject({ rows, checksum });
    expect(server?.rows).toBe(40 * 100);
  });

  it('holds a server back that a slow consumer reads from', async () => {
    const slow = setting({ paceRowsPerSecond: 500, windowBytes: 65_535, rows: 1000 });
    const { client, server } = await executor.stream(slow);
    expect(client.streams[0]).toMatchObject({ rows: 1000, checksum: executor.expected(slow).checksum });
    expect(client.wallMs).toBeGreaterThan(1900);
    expect(server?.end).toMatch(/cancelled|done/);
  });
});

describe('a server that runs elsewhere', () => {
  const open = { tls: null, token: null };
  const remote = (changes: Partial<RemoteServer> = {}): RemoteServer => ({
    address: executor.serverAddress,
    service: 'library.v1.BookStreamService',
    model: { name: 'Book' },
    access: open,
    ...changes,
  });

  const target = (changes: Partial<RemoteServer> = {}) =>
    openRemoteExecutor({
      remote: remote(changes),
      settings: smallSettings,
      signal: new AbortController().signal,
      entries,
    });

  it('is read as one of our own is, and nothing is said of what cannot be seen', async () => {
    const outside = await target();
    try {
      expect(outside).toMatchObject({ isOurs: false, serverIdleRssBytes: null });
      expect(outside.tables).toMatchObject([{ source: 'server', verified: 'consistent', ...whole() }]);
      expect(await seen({ clients: 2 }, outside)).toEqual({ server: null, streams: [whole(), whole()] });
      expect((await seen({ partitions: 2 }, outside)).streams).toEqual([whole()]);
      expect(outside.expected(setting({}))).toMatchObject(whole());
      await expect(outside.cancel(setting({}), 10)).rejects.toThrow('cannot be seen from outside');
    } finally {
      await outside.close();
    }
  });

  it('says so when it does not speak the proto, or is not there', async () => {
    await expect(target({ service: 'library.v1.NobodyStreamService' })).rejects.toThrow(
      /a stream failed with UNIMPLEMENTED/,
    );
    await expect(target({ address: 'localhost:1' })).rejects.toThrow(EnvironmentError);
  }, 60_000);

  it('is given the token, over TLS whose authority is trusted', async () => {
    const certificates = await openCertificates();
    const server = new Server();
    try {
      const authority = await certificates.authority('bench');
      const pair = await authority.issue('localhost');
      const [ca, cert, key] = await Promise.all([authority.cert, pair.cert, pair.key].map((file) => readFile(file)));
      if (!ca || !cert || !key) throw new Error('no certificates');
      server.addService(guarded, { stream: guardedStream });
      const port = await new Promise<number>((resolve, reject) => {
        const credentials = ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]);
        server.bindAsync('localhost:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
      });
      const tls = { ca: `${ca}`, cert: null, key: null };
      const at = { address: `localhost:${port}`, service: 'guarded.v1.BookStreamService' };
      const admitted = await target({ ...at, access: { tls, token: 'open sesame' } });
      expect(admitted.tables).toMatchObject([{ rows: 3 }]);
      await admitted.close();
      await expect(target({ ...at, access: { tls, token: 'wrong' } })).rejects.toThrow(/UNAUTHENTICATED/);
    } finally {
      server.forceShutdown();
      await certificates.remove();
    }
  }, 60_000);
});

const guarded = {
  stream: {
    path: '/guarded.v1.BookStreamService/StreamBooks',
    requestStream: false,
    responseStream: true,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
};

function guardedStream(call: ServerWritableStream<Buffer, Buffer>): void {
  if (call.metadata.get('authorization')[0] !== 'Bearer open sesame') {
    call.emit('error', { code: status.UNAUTHENTICATED, details: 'who are you?' });
    return;
  }
  for (const row of ['a', 'b', 'c']) call.write(Buffer.from(row));
  call.end();
}

describe('cores', () => {
  it('are parted where there are enough to give the server its own', () => {
    expect(shareCores([0, 1, 2, 3])).toEqual({ server: [0, 1], client: [2, 3] });
    expect(shareCores([2, 4, 6, 7, 9])).toEqual({ server: [2, 4, 6], client: [7, 9] });
    expect(shareCores([0, 1, 2])).toBeUndefined();
    expect(shareCores([])).toBeUndefined();
  });

  it('are kept to by a process that is pinned, where the system can', async () => {
    const cores = await allowedCores();
    const pid = executor.pids.client ?? 0;
    const [first] = cores;
    if (first === undefined) return expect(await pinProcess(pid, [0])).toBe(false);
    expect(await pinProcess(pid, [first])).toBe(true);
    const allowed = /^Cpus_allowed_list:\s+(\S+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    expect(allowed).toBe(`${first}`);
    await pinProcess(pid, cores);
  });
});
