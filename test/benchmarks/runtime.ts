/**
 * Times the runtime's own parts, apart and together, against a plain handler, the legacy one, and the floor of the work.
 * `npm run bench:runtime -- [rows] [rounds]`; a server in a process of its own, one light client, shuffled and interleaved rounds.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, credentials } from '@grpc/grpc-js';
import Table from 'cli-table3';
import { median } from 'simple-statistics';
import { Bench } from 'tinybench';
import { seededRandom, shuffled } from '../../src/bench/statistics/seeded-random.js';
import { parseSchema, readSchemaFiles } from '../../src/schema/index.js';
import { createTables, seedModel } from '../../src/seed/index.js';

const [rows = 500_000, rounds = 5] = process.argv.slice(2).map(Number);
const random = seededRandom(Date.now());
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-bench-'));
process.env.DATABASE_URL = `file:${join(folder, 'bench.db')}`;
const { createAdapter, createPrisma } = await import(join(root, 'dist/demo/database.js'));
const { bookModel } = await import(join(root, 'dist/demo/generated/book.stream.js'));
const { keysetSource } = await import(join(root, 'dist/src/runtime/index.js'));
const { openSqlDatabase } = await import(join(root, 'dist/src/runtime/database/sql-database.js'));
const { chunkOf } = await import(join(root, 'dist/src/runtime/encode/chunk.js'));
const { sqlSource } = await import(join(root, 'dist/src/runtime/rows/sql-source.js'));
const { StreamBooksRequest } = await import(join(root, 'dist/demo/generated/library/v1/book.js'));
const { frameRows } = await import(join(root, 'dist/src/runtime/encode/frame-messages.js'));

try {
  const files = await readSchemaFiles(join(root, 'prisma/schema.prisma'));
  await createTables({ adapter: createAdapter(), schemaFiles: files });
  await seedModel({ adapter: createAdapter(), schema: parseSchema(files), model: 'Book', rows, rowBytes: 150 });
  await compareStreams();
  await timeParts();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Whole streams, by path; the first is what the others are compared with. */
async function compareStreams(): Promise<void> {
  const service = 'library.v1.BookStreamService';
  const rowsPath = `/sql/${service}/StreamBooks`;
  const ways: Way[] = [
    ['plain handler', '/compare/plain'],
    ['legacy handler (all in memory)', '/compare/legacy'],
    ['rows through findMany', `/findMany/${service}/StreamBooks`],
    ['rows by SQL', rowsPath],
    // Conditions that every row meets: what is compared is their cost.
    ['rows by SQL, filtered', rowsPath, { filter: { pages: { gte: 0 } } }],
    ['rows by SQL, filtered by a date', rowsPath, { filter: { publishedAt: { gte: new Date(0) } } }],
    ['rows by SQL, in the order of a date', rowsPath, { order: 'BOOK_SORT_ORDER_PUBLISHED_AT_ASC' }],
    ['rows by SQL, in a scope', `/scoped/${service}/StreamBooks`],
    ['rows by SQL, changed by a hook', `/mapped/${service}/StreamBooks`],
    ['rows by SQL, behind `startServer`', `/guarded/${service}/StreamBooks`],
    ['rows by SQL, metrics off', `/noMetrics/${service}/StreamBooks`],
    ['rows by SQL, metrics in Prometheus', `/prometheus/${service}/StreamBooks`],
    ['batches through findMany', `/findMany/${service}/StreamBookBatches`],
    ['batches by SQL', `/sql/${service}/StreamBookBatches`],
    ['writing alone, rows encoded before', '/parts/write'],
    ['floor: no ORM, no gRPC library', '/floor'],
  ];
  const samples = new Map(ways.map(([name]) => [name, [] as Sample[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, path, request] of shuffled(ways, random)) {
      const sample = await measure(path, request);
      // Each way has a server of its own: memory and garbage of one are not another's. The first round warms the disk's cache.
      if (round > 0) samples.get(name)?.push(sample);
    }
  }
  printWays(samples);
}

type Way = [name: string, path: string, request?: object];

interface Sample {
  readonly rowsPerSecond: number;
  readonly cpuMicros: number;
  readonly peakRssMb: number;
}

async function measure(path: string, request: object = {}): Promise<Sample> {
  const server = fork(fileURLToPath(new URL('runtime-server.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
  const [{ grpcPort, guardedPort, floorPort }] = await once(server, 'message');
  const port = path === '/floor' ? floorPort : path.startsWith('/guarded/') ? guardedPort : grpcPort;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const ask = async (): Promise<{ cpu: NodeJS.CpuUsage; rss: number }> => {
    const answer = once(server, 'message');
    server.send('now');
    return (await answer)[0];
  };
  // Twice: the first stream compiles, the second is measured.
  await countRows(client, path, request);
  const before = await ask();
  const start = performance.now();
  const count = await countRows(client, path, request);
  const ms = performance.now() - start;
  const after = await ask();
  client.close();
  const exited = once(server, 'exit');
  server.kill();
  await exited;
  if (count !== rows) throw new Error(`${path} sent ${count} of ${rows} rows`);
  const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return { rowsPerSecond: (count / ms) * 1000, cpuMicros: cpu / count, peakRssMb: after.rss / 2 ** 20 };
}

function countRows(client: Client, path: string, request: object): Promise<number> {
  const identity = (bytes: Buffer) => bytes;
  const bytes = Buffer.from(StreamBooksRequest.encode(StreamBooksRequest.fromPartial(request)).finish());
  const call = client.makeServerStreamRequest(path, identity, identity, bytes);
  const batch = path.endsWith('Batches');
  let count = 0;
  return new Promise((resolve, reject) => {
    call.on('data', (message: Buffer) => {
      count += batch ? rowsIn(message) : 1;
    });
    call.on('end', () => resolve(count));
    call.on('error', reject);
  });
}

/** Steps over the rows of a batch: a tag of one byte, a length, and so many bytes. */
function rowsIn(message: Buffer): number {
  let count = 0;
  for (let at = 0; at < message.length; count++) {
    let length = 0;
    let shift = 0;
    let byte = 128;
    for (at++; byte > 127; shift += 7) {
      byte = message[at++] ?? 0;
      length |= (byte & 127) << shift;
    }
    at += length;
  }
  return count;
}

function printWays(samples: ReadonlyMap<string, readonly Sample[]>): void {
  const [base = []] = samples.values();
  const of = (list: readonly Sample[], key: keyof Sample) => median(list.map((sample) => sample[key]));
  const table = new Table({
    head: [`${rows} rows, n=${rounds}`, 'rows/s', 'ratio', 'CPU µs/row', 'ratio', 'RSS MB'],
    style: { head: [], border: [] },
  });
  for (const [name, list] of samples) {
    const rate = of(list, 'rowsPerSecond');
    const cpu = of(list, 'cpuMicros');
    const ratios = [rate / of(base, 'rowsPerSecond'), cpu / of(base, 'cpuMicros')].map(
      (ratio) => `${ratio.toFixed(2)}×`,
    );
    table.push([
      name,
      `${(rate / 1000).toFixed(1)}k`,
      ratios[0],
      cpu.toFixed(2),
      ratios[1],
      of(list, 'peakRssMb').toFixed(0),
    ]);
  }
  print(table.toString());
}

/** Source and encoder by themselves, over the first 100,000 rows, in this process. */
async function timeParts(): Promise<void> {
  const limit = Math.min(rows, 100_000);
  const request = { chunkSize: 1000, signal: new AbortController().signal };
  const adapter = createAdapter();
  const prisma = createPrisma();
  const { key, select, encode, fields } = bookModel;
  const database = () => openSqlDatabase(adapter);
  const bySql = () => sqlSource({ database, model: bookModel, order: key, fields, limit });
  const byClient = () => keysetSource({ delegate: prisma.book, key, select, limit });
  const readAll = async <C>(source: (r: typeof request) => AsyncIterable<C>) => {
    const all: C[] = [];
    for await (const chunk of source(request)) all.push(chunk);
    return all;
  };
  const stored = await readAll(bySql());
  const objects = (await readAll(byClient())).map((rows) => chunkOf(rows, encode));
  const encodeAll = (chunks: { length: number }[]) => () => {
    const framer = frameRows(4_000_000);
    for (const chunk of chunks) {
      for (let index = 0; index < chunk.length; index++) {
        framer.add(chunk, index);
        if (framer.full) framer.take();
      }
    }
  };
  const bench = new Bench({ iterations: 5, time: 0, warmupIterations: 2, warmupTime: 0, throws: true })
    .add('source: findMany', () => readAll(byClient()))
    .add('source: SQL', () => readAll(bySql()))
    .add("encode: client's rows", encodeAll(objects))
    .add("encode: driver's rows", encodeAll(stored as { length: number }[]));
  await bench.run();
  const table = new Table({ head: ['part', 'µs a row', 'rows/s'], style: { head: [], border: [] } });
  for (const { name, result } of bench.tasks) {
    if (!result || !('latency' in result)) throw new Error(`${name} was not measured`);
    const micros = (result.latency.p50 * 1000) / limit;
    table.push([name, micros.toFixed(2), `${(1000 / micros).toFixed(0)}k`]);
  }
  print(table.toString());
  await prisma.$disconnect();
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
