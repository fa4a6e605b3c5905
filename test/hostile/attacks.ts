import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { status as Status } from '@grpc/grpc-js';
import Sqlite from 'better-sqlite3';
import { type BookClient, bookClient } from '../support/book-client.js';
import {
  callHeaders,
  END_HEADERS,
  END_STREAM,
  frame,
  grpcMessage,
  type RawConnection,
  rawConnection,
  TYPE,
  uint32,
  wholeCall,
} from '../support/raw-http2.js';

export interface AttackOrder {
  readonly name: AttackName;
  readonly seconds: number;
  readonly address: string;
  /** The project, for its proto. */
  readonly folder: string;
  /** The database. */
  readonly file: string;
}

interface Target extends AttackOrder {
  readonly client: BookClient;
  readonly port: number;
}

interface Attack {
  /** For the table. */
  readonly what: string;
  /** @returns What came of it. */
  run(target: Target): Promise<string>;
}

export type AttackName = keyof typeof ATTACKS;

const ROWS = '/library.v1.BookStreamService/StreamBooks';

/** A hundred conditions that no row meets: each is tried on every row. */
const SCAN = {
  filter: { or: Array.from({ length: 100 }, (_, index) => ({ title: { contains: `no title ${index}` } })) },
};

export const ATTACKS = {
  scan: {
    what: 'a filter of 100 conditions that no row meets',
    run: (target) => ends(target, 1, SCAN),
  },
  four: {
    what: '4 of them at a time',
    run: (target) => ends(target, 4, SCAN),
  },
  scans: {
    what: '20 of them at a time',
    run: (target) => ends(target, 20, SCAN),
  },
  snapshots: {
    what: '20 of them, each in a snapshot',
    run: (target) => ends(target, 20, { ...SCAN, consistency: 'CONSISTENCY_SNAPSHOT' }),
  },
  leaving: {
    what: '300 of them, whose clients leave at once',
    async run({ client, seconds }) {
      const until = performance.now() + seconds * 1000;
      let left = 0;
      for (; left < 300; left++) {
        const stream = client.open('streamBooks', SCAN);
        stream.on('error', () => {});
        await delay(5);
        stream.cancel();
      }
      await delay(Math.max(0, until - performance.now()));
      return `${left} left`;
    },
  },
  resets: {
    what: 'calls with a request that are reset in the same write, over 160 connections, again and again',
    async run({ port, seconds }) {
      const until = performance.now() + seconds * 1000;
      let [calls, closed] = [0, 0];
      const clients = Array.from({ length: 160 }, async () => {
        while (performance.now() < until) {
          const connection = await connectTo(port);
          for (let id = 1; performance.now() < until && (await resetCall(connection, id)); id += 2) calls++;
          if (connection.closed) closed++;
          connection.socket.destroy();
          await delay(100);
        }
      });
      await Promise.all(clients);
      return `${calls} calls; ${closed} connections were closed`;
    },
  },
  idle: {
    what: '200 streams whose clients read nothing',
    async run({ port, seconds }) {
      const connections = await Promise.all(
        Array.from({ length: 20 }, () => connectTo(port, [[INITIAL_WINDOW_SIZE, 0]])),
      );
      for (const connection of connections) {
        for (let id = 1; id < 20; id += 2) connection.send(...wholeCall(id, ROWS));
      }
      await delay(seconds * 1000);
      const closed = connections.filter((connection) => connection.closed || connection.goaway).length;
      return `${closed} of 20 connections were closed`;
    },
  },
  half: {
    what: '200 connections with half a request each',
    async run({ port, seconds }) {
      const connections = await Promise.all(Array.from({ length: 200 }, () => connectTo(port)));
      for (const connection of connections) {
        connection.send(
          frame(TYPE.headers, END_HEADERS, 1, callHeaders(ROWS)),
          frame(TYPE.data, 0, 1, Buffer.alloc(3)),
        );
      }
      await delay(seconds * 1000);
      return `${connections.filter(({ closed }) => closed).length} of 200 connections were closed`;
    },
  },
  ends: {
    what: '10,000 calls that end oddly',
    async run({ port, seconds }) {
      const until = performance.now() + Math.max(seconds, ODD_END_SECONDS) * 1000;
      let calls = 0;
      const clients = ATTACKERS.map(async (from, index) => {
        for (let round = index; calls < ODD_ENDS && performance.now() < until; round += ATTACKERS.length) {
          calls += ODD_CALLS.length;
          await endOddly(port, round, from);
        }
      });
      await Promise.all(clients);
      return `${calls} calls`;
    },
  },
  writer: {
    what: 'a writer that holds the file, half of the time',
    async run({ file, seconds }) {
      const database = new Sqlite(file);
      const until = performance.now() + seconds * 1000;
      while (performance.now() < until) {
        database.exec('BEGIN EXCLUSIVE');
        await delay(250);
        database.exec('COMMIT');
        await delay(250);
      }
      database.close();
      return '';
    },
  },
} satisfies Readonly<Record<string, Attack>>;

/** Addresses of their own: the server limits each address, and others come from another one. */
const ATTACKERS = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'] as const;

function connectTo(port: number, settings?: Parameters<typeof rawConnection>[1]): Promise<RawConnection> {
  return rawConnection(port, settings, ATTACKERS[0]);
}

/** Streams until the time is over; the statuses that they ended with, counted. */
async function ends({ client, seconds }: Target, count: number, request: object): Promise<string> {
  const streams = Array.from({ length: count }, () => client.open('streamBooks', request));
  const timer = setTimeout(() => streams.forEach((stream) => void stream.cancel()), seconds * 1000);
  const statuses = await Promise.all(
    streams.map((stream) => {
      stream.on('error', () => {});
      stream.resume();
      return new Promise<string>((resolve) => stream.on('status', ({ code }) => resolve(Status[code] ?? `${code}`)));
    }),
  );
  clearTimeout(timer);
  const counts = new Map<string, number>();
  for (const each of statuses) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts].map(([name, times]) => `${times} ${name}`).join(', ');
}

const ODD_ENDS = 10_000;

/** The longest time for them. */
const ODD_END_SECONDS = 120;

const CANCEL = 8;

/** What a client can do with a call that it has begun; the last four leave the connection in the midst. */
const ODD_CALLS: readonly ((id: number) => readonly Buffer[])[] = [
  (id) => [...wholeCall(id, ROWS), frame(TYPE.reset, 0, id, uint32(CANCEL))],
  (id) => [frame(TYPE.headers, END_HEADERS, id, callHeaders(ROWS)), frame(TYPE.reset, 0, id, uint32(CANCEL))],
  (id) => [frame(TYPE.headers, END_HEADERS, id, callHeaders(ROWS, { 'grpc-timeout': '1m' }))],
  (id) => [frame(TYPE.headers, END_HEADERS, id, callHeaders(ROWS)), frame(TYPE.data, END_STREAM, id)],
  (id) => wholeCall(id, `${ROWS}Oddly`),
  (id) => [
    frame(TYPE.headers, END_HEADERS, id, callHeaders(ROWS)),
    frame(TYPE.data, END_STREAM, id, grpcMessage(Buffer.from([0xff, 0xff]))),
  ],
  (id) => wholeCall(id, ROWS),
  (id) => [frame(TYPE.headers, END_HEADERS, id, callHeaders(ROWS)), frame(TYPE.data, 0, id, Buffer.alloc(3))],
];

/** A few calls over a connection of its own, which is then cut. */
async function endOddly(port: number, round: number, from: string): Promise<void> {
  const connection = await rawConnection(port, [], from);
  const calls = ODD_CALLS.map((_, index) => ODD_CALLS[(index + round) % ODD_CALLS.length]?.(2 * index + 1) ?? []);
  for (const frames of calls) await connection.sendPaced(...frames);
  await delay(round % 80);
  connection.socket.destroy();
  // It is about what stays behind, not about a flood: no address calls more than it may, and others have room.
  await delay(150);
}

/** How many streams and connections one address may have. */
interface Slots {
  readonly streams: number;
  readonly connections: number;
}

/**
 * Takes every slot of each address that attacked: so many streams, which wait for their client, and so many connections.
 *
 * @returns How many there were too few of, in words; empty for none.
 */
export async function slotsTaken(port: number, slots: Slots): Promise<string> {
  const taken: string[] = [];
  for (const from of ATTACKERS) taken.push(...(await takenFrom(from, port, slots)));
  return taken.join(', ');
}

async function takenFrom(from: string, port: number, { streams, connections: most }: Slots): Promise<string[]> {
  const connections = await Promise.all(
    Array.from({ length: most }, () => rawConnection(port, [[INITIAL_WINDOW_SIZE, 0]], from)),
  );
  const perConnection = 10;
  const callers = connections.slice(0, streams / perConnection);
  for (const connection of callers) {
    for (let id = 1; id < 2 * perConnection; id += 2) connection.send(...wholeCall(id, ROWS));
  }
  const answers = () => callers.flatMap(({ frames }) => frames.filter(({ type }) => type === TYPE.headers));
  const until = performance.now() + 30_000;
  while (answers().length < streams && performance.now() < until) await delay(50);
  const served = answers().filter(({ flags }) => (flags & END_STREAM) === 0).length;
  const closed = connections.filter((connection) => connection.closed || connection.goaway).length;
  for (const { socket } of connections) socket.destroy();
  return [
    ...(served < streams ? [`${streams - served} of ${streams} streams of ${from}`] : []),
    ...(closed > 0 ? [`${closed} of ${most} connections of ${from}`] : []),
  ];
}

const INITIAL_WINDOW_SIZE = 4;

/** @returns Whether the connection is still open. */
function resetCall(connection: RawConnection, id: number): Promise<boolean> {
  return connection.sendPaced(...wholeCall(id, ROWS), frame(TYPE.reset, 0, id, uint32(CANCEL)));
}

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  process.send('ready');
  process.once('message', async (order: AttackOrder) => {
    const client = bookClient(order.folder, order.address);
    const attack: Attack = ATTACKS[order.name];
    process.send?.(await attack.run({ ...order, client, port: Number(order.address.split(':').at(-1)) }));
  });
}
