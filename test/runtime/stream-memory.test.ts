import { describe, expect, it } from 'vitest';
import { containerBytes, memoryRoom } from '../../src/runtime/stream/memory-room.js';
import { StreamMemory, type StreamShare } from '../../src/runtime/stream/stream-memory.js';

const MIB = 1024 * 1024;
const settings = { maxChunkBytes: 8 * MIB, maxQueuedBytes: MIB / 2, readahead: 1 };

function memoryOf(bytes: number): StreamMemory {
  return new StreamMemory(() => ({ bytes, limit: 'a limit' }));
}

function join(memory: StreamMemory, count: number, taken = 100 * MIB): StreamShare[] {
  return Array.from({ length: count }, () => memory.join({ settings, taken: () => taken }));
}

describe('the memory of all streams', () => {
  it('is divided evenly among those that run', () => {
    const memory = memoryOf(1024 * MIB);
    const [first, ...others] = join(memory, 1000);
    expect(first?.chunkBytes).toBe((32 * MIB) / 1000 / 2);
    expect(first?.queueBytes).toBe((64 * MIB) / 1000);
    for (const share of others) share.leave();
    expect(first?.chunkBytes).toBe(16 * MIB);
  });

  it('counts a paused stream for what it holds, and for no more', async () => {
    const memory = memoryOf(1024 * MIB);
    const [running] = join(memory, 1);
    const paused = join(memory, 999);
    let goOn = () => {};
    const taken = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const waits = paused.map((share) => share.paused({ rows: 1024, queued: 1024 }, () => taken));
    expect(running?.chunkBytes).toBeGreaterThan(15 * MIB);
    goOn();
    await Promise.all(waits);
    expect(running?.chunkBytes).toBe((32 * MIB) / 1000 / 2);
  });

  it('leaves a tenth to those that run, however much the paused ones hold', async () => {
    const memory = memoryOf(1024 * MIB);
    const [running, paused] = join(memory, 2);
    const wait = paused?.paused({ rows: 1024 * MIB, queued: 1024 * MIB }, () => new Promise(() => {}));
    expect(running?.chunkBytes).toBeCloseTo((0.1 * 32 * MIB) / 2);
    expect(wait).toBeInstanceOf(Promise);
  });

  it('is for rows that a client takes: as much is read for it as it has taken', () => {
    const memory = memoryOf(1024 * MIB);
    let taken = 0;
    const share = memory.join({ settings, taken: () => taken });
    expect([share.chunkBytes, share.queueBytes]).toEqual([32 * 1024, 32 * 1024]);
    taken = 100_000;
    expect([share.chunkBytes, share.queueBytes]).toEqual([100_000, 100_000]);
  });

  it('is for so many streams, the next of which is told why it is refused', () => {
    const memory = memoryOf(10 * 64 * 1024);
    const shares = join(memory, 10);
    for (const share of shares) share.assertRoom();
    const [another] = join(memory, 1);
    expect(() => another?.assertRoom()).toThrow(
      expect.objectContaining({
        code: 'limit.memory',
        status: 'RESOURCE_EXHAUSTED',
        message: "the server's memory has room for 10 streams at a time",
        retryAfterMs: 1000,
      }),
    );
    another?.leave();
    shares.pop()?.leave();
    for (const share of join(memory, 1)) share.assertRoom();
  });

  it('has room for one stream, whatever there is', () => {
    for (const share of join(memoryOf(0), 1)) share.assertRoom();
  });
});

describe('the room for streams', () => {
  it('is less than what the heap may hold', () => {
    const { bytes, limit } = memoryRoom();
    expect(bytes).toBeGreaterThan(MIB);
    expect(limit).toMatch(/^\d+ MiB/);
  });

  it.each([
    ['none is told', undefined, 1000],
    ['there is none', 0, 1000],
    ['it is larger than the machine', 18_446_744_073_709_552_000, 1000],
    ['it is smaller', 100, 100],
  ])("takes the container's limit for what it is when %s", (_, told, limit) => {
    expect(containerBytes(told, 1000)).toBe(limit);
  });
});
