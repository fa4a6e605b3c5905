import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RowReader } from '../../src/runtime/index.js';
import { inMemoryDelegate } from '../../src/testing/index.js';
import { type ItemReader, readOverLoopback } from '../support/item-readers.js';
import { listenersOf, type ServedItems, serveItems } from '../support/item-service.js';
import { itemRows } from '../support/items.js';
import { activeTimers, waitFor } from '../support/wait-for.js';

const ROUNDS = 10;
const STREAMS_A_ROUND = 1000;
const AT_ONCE = 50;
const SETTINGS = { chunkSize: 50, cancellationCheckInterval: 10, yieldTimeout: 0.2, maxQueuedBytes: 64 * 1024 };

const unhandled = vi.fn();
/** Node warns of listeners that pile up, on standard error. */
const warned = vi.fn();
const shutdown = new AbortController();
/** The same numbers every time: what fails once can be looked at. */
const random = randomFrom(20_240_601);
const rows = itemRows(1000, 300);
let table = inMemoryDelegate(rows);
let server: ServedItems;
let queriesUnderWay = 0;

/** A database that at times fails, and at times takes longer than a stream waits. */
const delegate: RowReader = {
  async findMany(args: never) {
    queriesUnderWay++;
    try {
      const fate = random();
      if (fate < 0.01) throw new Error('connection lost');
      if (fate < 0.02) await new Promise((resolve) => setTimeout(resolve, 400));
      else if (fate < 0.3) await new Promise((resolve) => setTimeout(resolve, 2));
      return await table.findMany(args);
    } finally {
      queriesUnderWay--;
    }
  },
};

beforeAll(async () => {
  process.on('unhandledRejection', unhandled);
  process.on('warning', warned);
  server = await serveItems({ delegate, settings: SETTINGS, shutdown: shutdown.signal });
});
afterAll(async () => {
  process.removeListener('unhandledRejection', unhandled);
  process.removeListener('warning', warned);
  await server.close();
});

/** One client, and what becomes of it. */
async function oneStream(): Promise<string> {
  const fate = random();
  const reader: ItemReader = readOverLoopback(server.client, {
    request: { limit: BigInt(1 + Math.floor(random() * (fate < 0.9 ? 1200 : 60))) },
    ...(fate < 0.25 ? { deadline: new Date(Date.now() + random() * 60) } : {}),
    ...(fate >= 0.25 && fate < 0.35 ? { stopAfter: 1 + Math.floor(random() * 100) } : {}),
  });
  const leaves = fate >= 0.35 && fate < 0.85;
  const timer = leaves ? setTimeout(() => reader.cancel(), random() * 40) : undefined;
  // One that stopped reading and was sent everything would never see the end.
  const resumes = setInterval(() => reader.resume(), 600);
  const { name } = await reader.ended;
  clearTimeout(timer);
  clearInterval(resumes);
  return name;
}

it(`${ROUNDS * STREAMS_A_ROUND} streams that end at random points leave nothing running, and each is reported once`, async () => {
  await new Promise<void>((resolve, reject) =>
    server.client.waitForReady(Date.now() + 30_000, (error) => (error ? reject(error) : resolve())),
  );
  const timers = activeTimers();
  const seen = new Set<string>();
  const ends = new Set<string>();
  for (let round = 1; round <= ROUNDS; round++) {
    await soak(seen, { withShutdown: round === ROUNDS });
    await waitFor('the queries to end', () => queriesUnderWay === 0);
    await waitFor('the timers to go', () => activeTimers() <= timers);
    expectNothingLeft();
    for (const { end } of server.summaries) ends.add(end);
    // Ten thousand calls in memory would be a leak of the test's own.
    for (const told of [server.calls, server.summaries, server.logs]) told.length = 0;
    table = inMemoryDelegate(rows);
  }

  // It was a soak, not a drizzle. Which stalls come up besides depends on the machine.
  for (const end of ['done', 'cancelled', 'deadline', 'shutdown', 'failed']) expect(ends).toContain(end);
  for (const name of ['OK', 'CANCELLED', 'DEADLINE_EXCEEDED', 'INTERNAL', 'UNAVAILABLE']) expect(seen).toContain(name);
}, 900_000);

async function soak(seen: Set<string>, { withShutdown }: { readonly withShutdown: boolean }): Promise<void> {
  let left = STREAMS_A_ROUND;
  const worker = async () => {
    while (left-- > 0) {
      if (withShutdown && left === AT_ONCE) shutdown.abort();
      seen.add(await oneStream());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  // A client may leave before its request arrives: then there was no stream.
  await waitFor('every summary', () => server.summaries.length === server.calls.length);
}

function expectNothingLeft(): void {
  expect(server.summaries.length).toBe(server.calls.length);
  expect(server.logs.filter(({ line }) => line.startsWith('Streaming metrics')).length).toBe(server.calls.length);
  for (const { call, listeners } of server.calls) expect(listenersOf(call)).toBeLessThanOrEqual(listeners);
  expect(unhandled).not.toHaveBeenCalled();
  expect(warned).not.toHaveBeenCalled();
}

/** mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
