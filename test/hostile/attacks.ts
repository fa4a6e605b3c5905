import { setTimeout as delay } from 'node:timers/promises';
import { status as Status } from '@grpc/grpc-js';
import Sqlite from 'better-sqlite3';
import { type BookClient, bookClient } from '../support/book-client.js';
import {
  callHeaders,
  END_HEADERS,
  frame,
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
    what: 'calls with a request that are reset in the same write, over 160 connections',
    async run({ port, seconds }) {
      const connections = await Promise.all(Array.from({ length: 160 }, () => connectTo(port)));
      const until = performance.now() + seconds * 1000;
      const calls = await Promise.all(connections.map((connection) => resetAgain(connection, until)));
      const closed = connections.filter((connection) => connection.closed || connection.goaway).length;
      return `${calls.reduce((sum, each) => sum + each, 0)} calls; ${closed} of 160 connections were closed`;
    },
  },
  idle: {
    what: '200 streams whose clients read nothing',
    async run({ port, seconds }) {
      const INITIAL_WINDOW_SIZE = 4;
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

/** From an address of its own: the server limits each address, and others come from another one. */
function connectTo(port: number, settings?: Parameters<typeof rawConnection>[1]): Promise<RawConnection> {
  return rawConnection(port, settings, '127.0.0.2');
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

/** How many calls a connection took. */
async function resetAgain(connection: RawConnection, until: number): Promise<number> {
  const CANCEL = 8;
  for (let calls = 0, id = 1; ; calls++, id += 2) {
    const goesOn = await connection.sendPaced(...wholeCall(id, ROWS), frame(TYPE.reset, 0, id, uint32(CANCEL)));
    if (!goesOn || performance.now() > until) return calls;
  }
}

if (process.send) {
  process.once('message', async (order: AttackOrder) => {
    const client = bookClient(order.folder, order.address);
    const attack: Attack = ATTACKS[order.name];
    process.send?.(await attack.run({ ...order, client, port: Number(order.address.split(':').at(-1)) }));
  });
}
