import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ProcessExecutor, runScenarios } from '../../src/bench/index.js';
import { BenchError } from '../../src/errors/index.js';
import { plainLoad } from '../../src/results/index.js';
import { openDemo, smallSettings } from './built-demo.js';

const rowStream = { chunk: 500, checkInterval: 100, mode: 'rows', batchRows: null, load: plainLoad } as const;
const batchStream = { chunk: 500, checkInterval: 100, mode: 'batches', batchRows: 250, load: plainLoad } as const;

let executor: ProcessExecutor | undefined;

afterEach(async () => {
  await executor?.close();
  executor = undefined;
  vi.unstubAllEnvs();
});

describe('openProcessExecutor', () => {
  it('streams the same rows as rows and as batches, and as the table holds them by an independent reading', async () => {
    executor = await openDemo();
    const rows = await executor.stream(rowStream);
    const batches = await executor.stream(batchStream);
    const [{ checksum, bytes }] = executor.tables;
    for (const { client } of [rows, batches]) expect(client.streams).toMatchObject([{ rows: 3000, checksum, bytes }]);
    expect(rows.server).toMatchObject({ status: 'OK', rows: 3000, rowsRead: 3000 });
    expect(executor.tables[0]).toMatchObject({ source: 'demo', model: 'Book', verified: 'independent' });
    expect(bytes / 3000).toBeGreaterThan(120);
  });

  it('measures time, memory and CPU of both ends', async () => {
    executor = await openDemo();
    const { client, server } = await executor.stream(rowStream);
    const [stream] = client.streams;
    if (!stream || !server?.times) throw new Error('a stream without figures');
    expect(client.wallMs).toBeGreaterThanOrEqual(stream.wallMs);
    expect(stream.wallMs).toBeGreaterThan(stream.firstRowMs);
    expect(stream.firstRowMs).toBeGreaterThan(0);
    expect(stream.gapP99Ms).toBeGreaterThanOrEqual(stream.gapP50Ms ?? Number.NaN);
    expect(Math.min(client.cpuMicros, server.cpuMicros)).toBeGreaterThan(0);
    expect(server.peakRssBytes).toBeGreaterThan(20e6);
    const { databaseMs, encodeMs, writeMs, drainMs } = server.times;
    expect(databaseMs + encodeMs + writeMs + drainMs).toBeLessThanOrEqual(server.durationMs * 1.01);
  });

  it('sees what one stream adds to the memory of a server that has streamed nothing but a few rows', async () => {
    executor = await openDemo();
    const { server } = await executor.streamFromFreshServer(rowStream);
    expect(server?.peakRssBytes).toBeGreaterThan(20e6);
    expect(server?.peakRssBytes).toBeGreaterThanOrEqual(server?.startRssBytes ?? Number.NaN);
  });

  it('leaves a stream part way: the server stops within the bound, and its clock is the client’s', async () => {
    executor = await openDemo({ rows: 30_000 });
    const { receivedRows, cancelledAt, server } = await executor.cancel({ ...rowStream, chunk: 100 }, 1000);
    expect(receivedRows).toBe(1000);
    expect(server.end).toBe('cancelled');
    expect(server.rowsRead).toBeLessThanOrEqual(Math.max(server.rows, receivedRows) + 2 * 100);
    expect(server.endedAt).toBeGreaterThan(cancelledAt);
  });

  it.skipIf(!existsSync('/proc/self'))(
    'has other processes after a renewal, which can be started before it',
    async () => {
      executor = await openDemo();
      const before = { ...executor.pids };
      await executor.startNext();
      const started = await ownChildren();
      expect(executor.pids).toEqual(before);
      await executor.renew();
      const { server = 0, client = 0 } = executor.pids;
      expect([server, client]).not.toEqual([before.server, before.client]);
      expect(started).toEqual(expect.arrayContaining([server, client]));
      expect((await executor.stream(rowStream)).client.streams).toMatchObject([{ rows: 3000 }]);
      await executor.renew();
      expect(started).not.toContain(executor.pids.server);
    },
  );

  it.skipIf(!existsSync('/proc/self'))(
    'lets V8 compile a server as in production where its memory is measured, and sooner where its speed is',
    async () => {
      executor = await openDemo();
      const before = await ownServers();
      let isRead = false;
      const reading = executor.streamFromFreshServer(rowStream).finally(() => {
        isRead = true;
      });
      let servers = before;
      while (servers.length === before.length && !isRead) servers = await ownServers();
      await reading;
      expect(before).toEqual([expect.stringMatching(/--interrupt-budget|--invocation-count/)]);
      expect(servers.filter((server) => !before.includes(server))).toEqual([
        expect.not.stringMatching(/--interrupt-budget|--invocation-count/),
      ]);
    },
  );

  it('reports a server that was killed, with how it died', async () => {
    executor = await openDemo();
    process.kill(executor.pids.server ?? 0, 'SIGKILL');
    const stream = executor.stream(rowStream);
    await expect(stream).rejects.toThrow(BenchError);
    await expect(stream).rejects.toThrow('the server process ended before its work was done (killed by SIGKILL)');
  });

  it('removes its scratch folder and its processes when it is closed', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'bench-scratch-'));
    vi.stubEnv('TMPDIR', scratch);
    const opened = await openDemo();
    expect(await readdir(scratch)).toEqual([expect.stringMatching(/^grpc-stream-bench-/)]);
    await opened.close();
    expect(await readdir(scratch)).toEqual([]);
    await rm(scratch, { recursive: true });
    expect(() => process.kill(opened.pids.server ?? 0, 0)).toThrow('ESRCH');
  });
});

describe('a whole bench over real processes', () => {
  it('fills every cell and every cancellation from verified streams', async () => {
    const result = await runScenarios({
      settings: { ...smallSettings, chunks: [1000], quick: true },
      openExecutor: () => openDemo(),
      signal: new AbortController().signal,
    });
    expect(result.cells).toHaveLength(2);
    expect(result.cancellations).toHaveLength(1);
    for (const cell of result.cells) {
      expect(cell.samples).toHaveLength(2);
      expect(cell.rowsPerSecond).toBeGreaterThan(0);
      expect(cell.intervals.rowsPerSecond).toBeNull();
      expect(cell.serverPeakRssMb).toBeNull();
    }
    expect(result.environment.database.provider).toBe('sqlite');
  });

  it('fails when the table is not what the streams bring', async () => {
    const opened = await openDemo();
    const bench = runScenarios({
      settings: smallSettings,
      openExecutor: async () => ({
        ...opened,
        expected: (setting) => ({ ...opened.expected(setting), checksum: opened.tables[0].checksum ^ 1 }),
      }),
      signal: new AbortController().signal,
    });
    await expect(bench).rejects.toThrow(/the rows' checksum is/);
  });
});

/** The command lines of this process's servers. */
async function ownServers(): Promise<string[]> {
  const lines = (await ownChildren()).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(lines)).filter((line) => line.includes('server-process.js'));
}

/** The processes that this one has started and that still run, by the kernel's list. */
async function ownChildren(): Promise<number[]> {
  const threads = await readdir('/proc/self/task');
  const lists = await Promise.all(threads.map((thread) => readFile(`/proc/self/task/${thread}/children`, 'utf8')));
  return lists.join(' ').split(' ').map(Number);
}
