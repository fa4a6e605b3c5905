import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { StreamOptions, StreamPosition } from '../../src/client/index.js';
import { spawnCli } from '../cli/spawn-cli.js';
import { openTcpProxy } from '../client/support/tcp-proxy.js';
import { startKillableServer } from './killable-server.js';
import { RowSum } from './row-sum.js';

export interface ChaosOptions {
  readonly consumers: number;
  /** Rows of the table, which every consumer reads whole. */
  readonly rows: number;
  /** How many things break in all; the kinds take turns. */
  readonly mishaps: number;
  /** How often something breaks, about. */
  readonly breakEveryMs: number;
  /** Rows that a consumer takes before it rests for a moment. */
  readonly pace: number;
}

/** What happened, and what became of it. */
export interface ChaosFigures {
  readonly consumers: number;
  /** Consumers whose rows were not those of the table, each told in a line. */
  readonly wrong: readonly string[];
  readonly rows: number;
  readonly seconds: number;
  readonly kills: number;
  readonly replacements: number;
  readonly cuts: number;
  readonly slowdowns: number;
  /** Consumers that ended in the midst, and went on from what they had saved. */
  readonly crashes: number;
  /** How often a stream was found broken. */
  readonly breaks: number;
}

const root = join(import.meta.dirname, '../..');

/** Reads a table many times over while whatever can break does, and compares every reader's rows with the table's. */
export async function runChaos(options: ChaosOptions): Promise<ChaosFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-chaos-'));
  const file = join(folder, 'chaos.db');
  const url = `file:${file}`;
  const seeded = await spawnCli(['seed', '--cwd', join(root, 'prisma'), '--rows', `${options.rows}`], {
    env: { DATABASE_URL: url },
  });
  if (seeded.exitCode !== 0) throw new Error(seeded.stderr);
  const expected = sumOfTable(file);
  const server = await startKillableServer(url);
  const proxy = await openTcpProxy(server.port);
  const { createClients } = await import(join(root, 'dist/demo/generated/client.js'));
  const clients = createClients(proxy.address);
  const figures = { kills: 0, replacements: 0, cuts: 0, slowdowns: 0, crashes: 0, breaks: 0 };
  const startedAt = performance.now();
  let isOver = false;

  /** The kinds take turns, so that each comes to pass however short the run. */
  const mischief = [
    async () => {
      figures.kills++;
      await server.killAndRestart();
    },
    () => {
      figures.cuts++;
      proxy.cut('reset');
    },
    async () => {
      figures.replacements++;
      await server.replace();
    },
    async () => {
      figures.slowdowns++;
      proxy.slow({ delayMs: 5, bytesPerSecond: 2_000_000 });
      await delay(options.breakEveryMs);
      proxy.slow(undefined);
    },
    () => {
      figures.cuts++;
      proxy.cut('close');
    },
  ];

  async function makeMischief(): Promise<void> {
    for (let turn = 0; turn < options.mishaps && !isOver; turn++) {
      await delay(options.breakEveryMs * (0.5 + Math.random()));
      if (!isOver) await mischief[turn % mischief.length]?.();
    }
  }

  async function consume(index: number): Promise<RowSum> {
    const sum = new RowSum();
    const how = KINDS[index % KINDS.length];
    const crashAt = index % 5 === 0 ? Math.ceil(Math.random() * options.rows) : undefined;
    const read = async (position: StreamPosition | undefined, until: number | undefined) => {
      const stream = clients.book.stream({}, { ...how, retry: PATIENT, position, onProgress });
      for await (const book of stream) {
        sum.add(book);
        if (sum.rows === until) break;
        if (sum.rows % options.pace === 0) await delay(20 + Math.random() * 40);
      }
      return JSON.stringify(stream.position());
    };
    const onProgress: StreamOptions['onProgress'] = ({ broken }) => {
      if (broken) figures.breaks++;
    };
    const saved = await read(undefined, crashAt);
    if (crashAt !== undefined) {
      figures.crashes++;
      await read(JSON.parse(saved), undefined);
    }
    return sum;
  }

  try {
    const breaking = makeMischief();
    const sums = await Promise.all(Array.from({ length: options.consumers }, (_, index) => consume(index)));
    const seconds = (performance.now() - startedAt) / 1000;
    isOver = true;
    await breaking;
    const wrong = sums.flatMap((sum, index) =>
      sum.equals(expected)
        ? []
        : [`consumer ${index} (${JSON.stringify(KINDS[index % KINDS.length])}): ${sum} instead of ${expected}`],
    );
    const rows = sums.reduce((all, sum) => all + sum.rows, 0);
    return { consumers: sums.length, wrong, rows, seconds, ...figures };
  } finally {
    isOver = true;
    clients.close();
    await proxy.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const KINDS: readonly StreamOptions[] = [
  { messages: 'batches' },
  { messages: 'rows' },
  { partitions: 3 },
  { partitions: 2, ordered: true },
];

/** A server that is killed again and again is waited for. */
const PATIENT = { initialDelayMs: 20, maxDelayMs: 1000, maxAttempts: 1000 };

/** The table as the database itself has it, past everything that is tested. */
function sumOfTable(file: string): RowSum {
  const database = new Database(file, { readonly: true });
  const sum = new RowSum();
  for (const row of database.prepare('SELECT id, isbn, title FROM "Book"').iterate()) {
    sum.add(row as { id: number; isbn: string; title: string });
  }
  database.close();
  return sum;
}
