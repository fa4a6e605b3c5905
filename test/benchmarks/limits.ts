/**
 * Measures what the runtime promises to bound: memory against table size, memory of slow and of stalled readers, and how long one
 * fast stream keeps others waiting, and how soon a cancellation stops the queries. `npm run bench:limits [-- peak slow stalled fairness cancel]`; on Linux, whose kernel tells a
 * process's peak.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, type ClientReadableStream, credentials } from '@grpc/grpc-js';
import { parseSchema, readSchemaFiles } from '../../src/schema/index.js';
import { createTables, seedModel } from '../../src/seed/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-limits-'));
const parts = { peak: peakMemory, slow: slowReaders, stalled: stalledReaders, fairness, cancel: cancellations };
const asked = process.argv.slice(2);
const small = await table('small', 2_000_000, 150);
const large = await table('large', 200, 1024 * 1024);

try {
  for (const [name, part] of Object.entries(parts)) if (asked.length === 0 || asked.includes(name)) await part();
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Reading {
  readonly rssMb: number;
  readonly peakMb: number;
  readonly loopDelayP99Ms: number;
  readonly ends: readonly End[];
}

interface End {
  readonly end: string;
  readonly atMs: number;
  /** On the clock that all processes of a machine share. */
  readonly lastQueryEndedAtNs: string;
  readonly rows: number;
  readonly rowsRead: number;
}

async function peakMemory(): Promise<void> {
  const [short, long] = [await peakOf(small, 100_000n), await peakOf(small, 2_000_000n)];
  say(`peak memory: ${mb(short)} for 100,000 rows, ${mb(long)} for 2,000,000 (${mb(long - short)} more)`);
}

async function peakOf(url: string, limit: bigint): Promise<number> {
  return withServer(url, {}, async (server, port) => {
    // The threads that read SQLite start during the first long stream, and take the same for every table.
    for (const rows of [100_000n, 100_000n, limit]) await drain(open(port, { limit: rows }));
    return (await ask(server)).peakMb;
  });
}

/** A hundred consumers that take a hundred rows a second each. */
async function slowReaders(): Promise<void> {
  await withServer(small, {}, async (server, port) => {
    await drain(open(port, { limit: 100_000n }));
    const before = (await ask(server)).rssMb;
    const calls = Array.from({ length: 100 }, () => open(port, {}));
    for (const call of calls) void readSlowly(call, 100);
    await delay(10_000);
    const after = (await ask(server)).rssMb;
    say(`100 consumers of 100 rows/s: ${mb(after - before)} more, ${mb((after - before) / 100)} a stream`);
    for (const call of calls) call.cancel();
  });
}

/**
 * Twenty readers that begin to read rows of a mebibyte and then stop. They speak HTTP/2 themselves: a client of grpc-js takes sixteen
 * messages more before it holds anybody back.
 */
async function stalledReaders(): Promise<void> {
  const timeoutMs = 4000;
  const streaming = { maxChunkBytes: 4 * 1024 * 1024, yieldTimeout: timeoutMs / 1000 };
  await withServer(large, streaming, async (server, port) => {
    await drain(open(port, {}));
    const before = (await ask(server)).rssMb;
    const readers = Array.from({ length: 20 }, () => stallingReader(port));
    await Promise.all(readers.map(({ stalled }) => stalled));
    const stalledAt = Date.now();
    await delay(timeoutMs / 2);
    const held = (await ask(server)).rssMb - before;
    await delay(timeoutMs);
    const { ends } = await ask(server);
    const late = ends.filter(({ end }) => end === 'consumer-stalled').map(({ atMs }) => atMs - stalledAt - timeoutMs);
    say(
      `20 stalled readers of 1 MiB rows: ${mb(held)}, ${mb(held / 20)} a stream; ${late.length} let go, ${Math.min(...late)} to ${Math.max(...late)} ms past the timeout`,
    );
    for (const { close } of readers) close();
  });
}

function stallingReader(port: number): { readonly stalled: Promise<unknown>; close(): void } {
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/library.v1.BookStreamService/StreamBooks',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  // An empty request: no flag, no length.
  stream.end(Buffer.alloc(5));
  stream.once('data', () => stream.pause());
  for (const source of [session, stream]) source.on('error', () => {});
  return { stalled: once(stream, 'data'), close: () => session.destroy() };
}

/** Fifty fast streams over one thread. */
async function fairness(): Promise<void> {
  await withServer(small, {}, async (server, port) => {
    await drain(open(port, { limit: 100_000n }));
    await ask(server);
    const calls = Array.from({ length: 50 }, () => open(port, { limit: 40_000n }));
    await Promise.all(calls.map(drain));
    say(`50 fast streams: event-loop delay p99 ${(await ask(server)).loopDelayP99Ms.toFixed(1)} ms`);
  });
}

/** Five hundred clients that leave, each somewhere in the table. */
async function cancellations(): Promise<void> {
  await withServer(small, {}, async (server, port) => {
    const lateMs: number[] = [];
    let mostAhead = 0;
    for (let time = 0; time < 500; time++) {
      const call = open(port, {});
      const leaveAfter = 1 + Math.floor(Math.random() * 5000);
      let received = 0;
      for await (const _ of call) if (++received === leaveAfter) break;
      const leftAt = process.hrtime.bigint();
      call.cancel();
      const end = await nth(server, time);
      lateMs.push(Math.max(0, Number(BigInt(end.lastQueryEndedAtNs) - leftAt) / 1e6));
      mostAhead = Math.max(mostAhead, end.rowsRead - end.rows);
    }
    lateMs.sort((a, b) => a - b);
    const [p50, p99] = [0.5, 0.99].map((share) => (lateMs[Math.floor(lateMs.length * share)] ?? Number.NaN).toFixed(1));
    say(
      `500 cancellations: last query over ${p50} ms (p50), ${p99} ms (p99) after; at most ${mostAhead} rows read and not written`,
    );
  });
}

/** The end of the server's n-th stream, once it has come. */
async function nth(server: ChildProcess, index: number): Promise<End> {
  for (;;) {
    const end = (await ask(server)).ends[index];
    if (end) return end;
  }
}

async function withServer<T>(
  url: string,
  streaming: object,
  use: (server: ChildProcess, port: number) => Promise<T>,
): Promise<T> {
  const env = { ...process.env, DATABASE_URL: url, STREAMING: JSON.stringify(streaming) };
  const server = fork(fileURLToPath(new URL('limits-server.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    env,
  });
  try {
    const [{ port }] = await once(server, 'message');
    return await use(server, port);
  } finally {
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }
}

async function ask(server: ChildProcess): Promise<Reading> {
  const answer = once(server, 'message');
  server.send('now');
  return (await answer)[0];
}

/** Opens a row stream on a connection of its own. */
function open(port: number, { limit = 0n }: { limit?: bigint }): ClientReadableStream<Buffer> {
  const identity = (bytes: Buffer) => bytes;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const call = client.makeServerStreamRequest(
    '/library.v1.BookStreamService/StreamBooks',
    identity,
    identity,
    limitRequest(limit),
  );
  call.on('error', () => client.close());
  call.on('end', () => client.close());
  return call;
}

/** Field 4, a varint. */
function limitRequest(limit: bigint): Buffer {
  const bytes = [0x20];
  for (let rest = limit; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

async function drain(call: ClientReadableStream<Buffer>): Promise<void> {
  call.resume();
  await once(call, 'end');
}

async function readSlowly(call: ClientReadableStream<Buffer>, rowsPerSecond: number): Promise<void> {
  call.on('data', () => {
    call.pause();
    setTimeout(() => call.resume(), 1000 / rowsPerSecond);
  });
}

async function table(name: string, rows: number, rowBytes: number): Promise<string> {
  const url = `file:${join(folder, `${name}.db`)}`;
  process.env.DATABASE_URL = url;
  const { createAdapter } = await import(join(root, 'dist/demo/database.js'));
  const files = await readSchemaFiles(join(root, 'prisma/schema.prisma'));
  await createTables({ adapter: createAdapter(), schemaFiles: files });
  await seedModel({ adapter: createAdapter(), schema: parseSchema(files), model: 'Book', rows, rowBytes });
  return url;
}

function mb(value: number): string {
  return `${value.toFixed(1)} MB`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
