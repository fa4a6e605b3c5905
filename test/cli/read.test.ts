import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closeReader,
  type RowReader,
  type StreamService,
  type StreamServiceOptions,
  type StreamSummary,
} from '../../src/runtime/index.js';
import { readSchemaFiles } from '../../src/schema/index.js';
import { createTables } from '../../src/seed/index.js';
import { type InMemoryDelegate, inMemoryDelegate } from '../../src/testing/index.js';
import { type CliRun, spawnCli } from '../support/spawn-cli.js';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { atRest, waitFor } from '../support/wait-for.js';

const root = join(import.meta.dirname, '../..');
const BINARY = join(root, 'dist/bin/grpc-stream.js');

const book = (id: number) => ({
  id,
  isbn: `978-${id}`,
  title: id === 2 ? 'Say "hm, no"\nPrévoyance — 数' : `Book ${id}`,
  summary: id === 3 ? '' : 'x'.repeat(100),
  pages: id,
  rating: id % 2 === 0 ? null : 4.5,
  status: 'PUBLISHED',
  publishedAt: new Date(Date.UTC(1999, 0, 1) + id),
  sold: 2n ** 62n + BigInt(id),
});
const books = (count: number) => Array.from({ length: count }, (_, index) => book(index + 1));

interface Books {
  readonly table: InMemoryDelegate;
  readonly summaries: StreamSummary[];
  readonly tokens: unknown[];
  readonly proxy: TcpProxy;
  close(): Promise<void>;
}

type DemoDatabase = Pick<Required<StreamServiceOptions<{ book: RowReader }>>, 'prisma' | 'adapter'>;

let createServices: (options: StreamServiceOptions<{ book: RowReader }>) => StreamService[];
beforeAll(async () => {
  ({ createServices } = await import(join(root, 'dist/demo/generated/services.js')));
});

/** The demo's own services over an array, or over a database where one is given, behind a proxy that can cut them off. */
async function serveBooks(rows: readonly ReturnType<typeof book>[], database?: DemoDatabase): Promise<Books> {
  const table = inMemoryDelegate(rows);
  const summaries: StreamSummary[] = [];
  const tokens: unknown[] = [];
  const server = new Server();
  for (const { definition, implementation } of createServices({
    ...(database ?? { prisma: { book: table } }),
    onStreamEnd: (summary) => summaries.push(summary),
  })) {
    const watched = Object.entries(implementation).map(([name, handler]) => {
      const handle = handler as unknown as (...args: unknown[]) => void;
      const watch = (call: ServerWritableStream<unknown, unknown>, ...rest: unknown[]) => {
        tokens.push(call.metadata.get('authorization')[0]);
        handle(call, ...rest);
      };
      return [name, watch];
    });
    server.addService(definition, Object.fromEntries(watched));
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const proxy = await openTcpProxy(port);
  return {
    table,
    summaries,
    tokens,
    proxy,
    async close() {
      server.forceShutdown();
      await proxy.close();
    },
  };
}

let few: Books;
let many: Books;
beforeAll(async () => {
  [few, many] = await Promise.all([serveBooks(books(7)), serveBooks(books(60_000))]);
});
afterAll(async () => {
  await Promise.all([few.close(), many.close()]);
});

const flags = ({ proxy }: Books, ...more: string[]) => [
  ...['read', 'Book', '--cwd', join(root, 'prisma'), '--target', proxy.address],
  ...more,
];
const read = (from: Books, ...more: string[]): Promise<CliRun> => spawnCli(flags(from, ...more));

function start(from: Books, ...more: string[]): ChildProcess & { readonly ended: Promise<number | null> } {
  const child = spawn(process.execPath, [BINARY, ...flags(from, ...more)], { stdio: ['ignore', 'pipe', 'pipe'] });
  return Object.assign(child, { ended: once(child, 'close').then(([code]) => code as number | null) });
}

function linesOf(child: ChildProcess): AsyncIterator<string> {
  if (!child.stdout) throw new Error('no stdout');
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

const idsOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).id);

describe('grpc-stream read', () => {
  it('prints a JSON object a row, in which no digit is lost', async () => {
    const { exitCode, stdout, stderr } = await read(few);
    expect([exitCode, stderr]).toEqual([0, '']);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toEqual(
      books(7).map((row) => ({ ...row, publishedAt: row.publishedAt.toISOString(), sold: row.sold.toString() })),
    );
  });

  it('prints CSV, in which null and an empty text differ', async () => {
    const { exitCode, stdout } = await read(
      few,
      '--format',
      'csv',
      '--fields',
      'id,title,rating,summary',
      '--limit',
      '3',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'id,title,rating,summary',
        `1,Book 1,4.5,${'x'.repeat(100)}`,
        `2,"Say ""hm, no""\nPrévoyance — 数",,${'x'.repeat(100)}`,
        '3,Book 3,4.5,""\n',
      ].join('\n'),
    );
  });

  it('prints the fields that are named, in that order, and the rows behind a key', async () => {
    const { stdout } = await read(few, '--fields', 'sold, id', '--after', '{"id":5}', '--limit', '1');
    expect(stdout).toBe('{"sold":"4611686018427387910","id":6}\n');
  });

  it('prints the rows that a filter leaves, side by side where it is told to', async () => {
    const filter = JSON.stringify({
      status: 'PUBLISHED',
      sold: { lte: `${2n ** 62n + 5n}` },
      not: { title: 'Book 1' },
    });
    const { exitCode, stdout } = await read(few, '--filter', filter, '--partitions', '2', '--ordered');
    expect([exitCode, idsOf(stdout)]).toEqual([0, [2, 3, 4, 5]]);
  });

  it('prints rows in an order that an index serves, and goes on in it after a position', async () => {
    const ordered = await read(few, '--order', 'isbn DESC', '--fields', 'id', '--limit', '3');
    expect(ordered.stderr).toBe('');
    expect(idsOf(ordered.stdout)).toEqual([7, 6, 5]);
    const { id, isbn } = JSON.parse((await read(few, '--after', '{"id":3}', '--limit', '1')).stdout);
    const after = JSON.stringify({ id, isbn });
    const rest = await read(few, '--order', 'isbn desc', '--after', after, '--limit', '2');
    expect(idsOf(rest.stdout)).toEqual([3, 2]);
  });

  it('gets fewer bytes for the same rows when it asks for compression', async () => {
    const bytesOf = async (...more: string[]) => {
      const before = many.proxy.bytesSent;
      const { exitCode, stdout } = await read(many, '--limit', '5000', ...more);
      return { exitCode, stdout, bytes: many.proxy.bytesSent - before };
    };
    const [plain, compressed] = [await bytesOf(), await bytesOf('--compression', 'gzip')];
    expect(compressed).toMatchObject({ exitCode: 0, stdout: plain.stdout });
    expect(compressed.bytes).toBeLessThan(plain.bytes / 2);
    const { exitCode, stderr } = await read(many, '--compression', 'zip');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Allowed choices are gzip')]);
  });

  it('goes on by itself when the connection is cut, and says so', async () => {
    const child = start(many);
    const stderr = text(child.stderr as NonNullable<typeof child.stderr>);
    const lines = linesOf(child);
    const ids: number[] = [];
    for (let { value, done } = await lines.next(); !done; { value, done } = await lines.next()) {
      ids.push(JSON.parse(value).id);
      if (ids.length === 1000) many.proxy.cut('reset');
    }
    expect(await child.ended).toBe(0);
    expect(ids).toEqual(books(60_000).map(({ id }) => id));
    expect(await stderr).toMatch(/↻ Book after [\d,]+ rows: .*; trying again in \d+\.\d s \(1 of 10\)/);
  });

  it('ends with 0 when its reader has enough, and the server reads no further', async () => {
    const before = many.summaries.length;
    const child = start(many);
    const lines = linesOf(child);
    expect(JSON.parse((await lines.next()).value).id).toBe(1);
    child.stdout?.destroy();
    expect(await child.ended).toBe(0);
    await waitFor('the summary', () => many.summaries.length > before);
    expect(many.summaries.at(-1)).toMatchObject({ end: 'cancelled' });
  });

  it.skipIf(process.platform !== 'linux')('ends with 3 on a full disk, and says that rows are missing', async () => {
    const full = await open('/dev/full', 'w');
    try {
      const child = spawn(process.execPath, [BINARY, ...flags(many)], { stdio: ['ignore', full.fd, 'pipe'] });
      const [said, [exitCode]] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'close')]);
      expect(exitCode).toBe(3);
      expect(said).toBe(
        'error the output cannot be written, and is not complete: the disk is full\n  → make room where it goes, and run the command again\n',
      );
    } finally {
      await full.close();
    }
  });

  it('reads no faster than its reader', async () => {
    const before = many.table.rowsRead;
    const child = start(many);
    await waitFor('rows', () => many.table.rowsRead > before);
    expect(await atRest(() => many.table.rowsRead - before)).toBeLessThan(50_000);
    child.kill('SIGKILL');
    await child.ended;
  });

  it('ends with 130 at Ctrl-C, behind a whole line', async () => {
    const child = start(many);
    const stdout = child.stdout as NonNullable<typeof child.stdout>;
    stdout.once('data', () => child.kill('SIGINT'));
    const all = text(stdout);
    expect(await child.ended).toBe(130);
    expect((await all).endsWith('}\n')).toBe(true);
  });

  it('follows the rows that are appended', async () => {
    const url = `file:${join(await temporaryFolder(), 'books.db')}`;
    process.env.DATABASE_URL = url;
    const { createPrisma, createAdapter } = await import(join(root, 'dist/demo/database.js'));
    const [prisma, adapter] = [createPrisma(), createAdapter()];
    await createTables({ adapter, schemaFiles: await readSchemaFiles(join(root, 'prisma/schema.prisma')) });
    const database = new Database(url.replace('file:', ''));
    const insert = (...ids: number[]) => {
      const values = ids.map((id) => `(${id}, 'isbn ${id}', 'title', '', 1, 'DRAFT', '2024-05-06T07:08:09.000Z')`);
      database.exec(`INSERT INTO Book (id, isbn, title, summary, pages, status, publishedAt) VALUES ${values.join()}`);
    };
    insert(1, 2, 3);
    const growing = await serveBooks([], { prisma, adapter });
    const child = start(growing, '--follow', '--interval', '0.05');
    const lines = linesOf(child);
    const next = async () => JSON.parse((await lines.next()).value).id;
    expect([await next(), await next(), await next()]).toEqual([1, 2, 3]);
    insert(4, 5);
    expect([await next(), await next()]).toEqual([4, 5]);
    insert(6);
    expect(await next()).toBe(6);
    child.kill('SIGINT');
    expect(await child.ended).toBe(130);
    await growing.close();
    await prisma.$disconnect();
    await closeReader(adapter);
    database.close();
  });

  it('follows no table whose server cannot say which rows are settled, and says what to do there', async () => {
    const { exitCode, stdout, stderr } = await read(few, '--follow');
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain('pass the driver adapter to createServices');
  });

  it('says where to go on when it gives up', async () => {
    const dying = await serveBooks(books(60_000));
    const child = start(dying, '--retries', '0');
    const lines = linesOf(child);
    await lines.next();
    await dying.close();
    const rest: number[] = [];
    for (let { value, done } = await lines.next(); !done; { value, done } = await lines.next())
      rest.push(JSON.parse(value).id);
    const stderr = await text(child.stderr as NonNullable<typeof child.stderr>);
    expect(await child.ended).toBe(3);
    expect(stderr).toContain(`→ continue with --after '{"id":${rest.at(-1)}}'`);
  });

  it('sends its token, from the flag or the environment', async () => {
    await read(few, '--token', 'one');
    await spawnCli(flags(few), { env: { GRPC_STREAM_TOKEN: 'two' } });
    expect(few.tokens.slice(-2)).toEqual(['Bearer one', 'Bearer two']);
  });

  it('shows its token to no one in plain text', async () => {
    const { exitCode, stderr } = await spawnCli([
      ...flags(few).slice(0, -1),
      'books.example.com:443',
      '--token',
      'one',
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('the token would be sent to books.example.com:443 in plain text');
    expect(stderr).not.toContain('one\n');
  });

  it.each([
    [['--filter', '{"isbn":{"lt":"x","near":"y"}}'], 'the request has no filter.isbn.near'],
    [['--fields', 'id,colour'], 'Book has no field colour'],
    [['--after', '{"isbn":"x"}'], 'it has no `id`'],
    [['--after', '5'], '--after is 5; it must be a key as JSON, such as \'{"id":5}\''],
    [['--format', 'xml'], 'Allowed choices are jsonl, csv, parquet.'],
    [['--limit', '-1'], "'-1' is invalid. It must be a whole number from 1"],
    [['--order', 'pages'], 'no index of Book serves the order pages'],
    [['--filter', '{"colour":1}'], 'Book has no field colour'],
    [['--filter', '{"sold":"many"}'], '"many" is no value of sold (BigInt)'],
    [['--filter', 'title = 1'], '--filter cannot be read: it is no JSON'],
    [['--follow', '--partitions', '2'], '--follow reads after the last key'],
    [['--tls-ca', 'nowhere.pem'], '--tls-ca: '],
    [['--tls-cert', 'nowhere.pem'], '--tls-cert and --tls-key go together'],
  ])('refuses %j with 2, and says why', async (more, message) => {
    const { exitCode, stdout, stderr } = await read(few, ...more);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('refuses a model that the schema does not have, and names those that it has', async () => {
    const { exitCode, stderr } = await spawnCli(['read', 'Film', '--cwd', join(root, 'prisma')]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('the schema has no model "Film"');
    expect(stderr).toContain('choose one of: Book');
  });

  it('ends with 3 when no server is there', async () => {
    const { exitCode, stderr } = await spawnCli([...flags(few).slice(0, -1), '127.0.0.1:1', '--retries', '1']);
    expect(exitCode).toBe(3);
    const [first, ...rest] = stderr.split('\n');
    const problem = 'nothing listens at 127.0.0.1:1: start the server, or check the address';
    expect(first).toMatch(new RegExp(`^↻ Book after 0 rows: ${problem}; trying again in .* \\(1 of 1\\)$`));
    expect(rest.join('\n')).toContain(`error ${problem} (UNAVAILABLE)\n  → check that a server listens at 127.0.0.1:1`);
  });

  it('tells that a peer does not answer, counts it as a break, and ends with 3', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const target = `localhost:${(silent.address() as AddressInfo).port}`;
    const quick = ['--retries', '1', '--connect-timeout', '0.3'];
    try {
      for (const tls of [[], ['--tls']]) {
        const { exitCode, stderr } = await spawnCli([...flags(few).slice(0, -1), target, ...quick, ...tls]);
        expect(stderr).toMatch(
          /^↻ Book after 0 rows: no connection to .* within 0\.3 s: .*; trying again in .* \(1 of 1\)\n/,
        );
        expect(stderr).toContain(`error no connection to ${target} within 0.3 s`);
        expect(exitCode).toBe(3);
      }
    } finally {
      silent.close();
    }
  });
});
