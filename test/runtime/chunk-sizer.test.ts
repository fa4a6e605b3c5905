import { Client, credentials } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultStreamingSettings } from '../../src/config/index.js';
import { defineModel, type StreamSummary, streamService } from '../../src/runtime/index.js';
import { ChunkSizer } from '../../src/runtime/stream/chunk-sizer.js';
import { inMemoryDelegate, startLoopbackServer } from '../../src/testing/index.js';

const MIB = 1024 * 1024;

const ANY_SHARE = { chunkBytes: Number.POSITIVE_INFINITY };

describe('the size of a chunk', () => {
  it('starts small and reaches the settings when rows are small', () => {
    const sizer = sizerOf({ chunkSize: 1000, maxChunkBytes: 8 * MIB });
    const sizes = Array.from({ length: 5 }, () => {
      const size = sizer.next();
      sizer.arrived(size);
      sizer.weigh(size, size * 150);
      return size;
    });
    expect(sizes).toEqual([4, 64, 1000, 1000, 1000]);
  });

  it("is no larger than the stream's share of the memory", () => {
    const share = { chunkBytes: 15_000 };
    const sizer = sizerOf({ chunkSize: 1000, maxChunkBytes: 8 * MIB }, share);
    sizer.weigh(1, 150);
    expect([read(sizer), read(sizer), read(sizer)]).toEqual([4, 64, 100]);
    share.chunkBytes = 1;
    expect(read(sizer)).toBe(1);
    share.chunkBytes = MIB;
    expect([read(sizer), read(sizer), read(sizer)]).toEqual([16, 256, 1000]);
  });

  it('follows the size of rows, down to one row', () => {
    const sizer = sizerOf({ chunkSize: 1000, maxChunkBytes: 4 * MIB });
    expect(read(sizer)).toBe(4);
    sizer.weigh(4, 4 * MIB);
    expect(read(sizer)).toBe(4);
    sizer.weigh(1, 100 * MIB);
    expect(read(sizer)).toBe(1);
    sizer.weigh(1, 150);
    expect(read(sizer)).toBe(16);
  });

  it('follows the bytes that the database sent for the rows, before they are encoded', () => {
    const sizer = sizerOf({ chunkSize: 1000, maxChunkBytes: 4 * MIB });
    expect(sizer.next()).toBe(4);
    sizer.arrived(4, 8 * MIB);
    expect(read(sizer)).toBe(2);
    sizer.arrived(0, 0);
    expect(read(sizer)).toBe(2);
  });

  it('is the same for every query until rows have come: a range may have none', () => {
    const sizer = sizerOf({ chunkSize: 1000, maxChunkBytes: 8 * MIB });
    expect([sizer.next(), sizer.next(), read(sizer), sizer.next()]).toEqual([4, 4, 4, 64]);
  });

  it('is never more than the settings allow, nor less than one row, whatever the size of rows', () => {
    const settings = {
      chunkSize: fc.integer({ min: 1, max: 100_000 }),
      maxChunkBytes: fc.integer({ min: 65_536, max: 2 ** 30 }),
    };
    const weights = fc.array(fc.tuple(fc.nat(1000), fc.nat(2 ** 31)));
    fc.assert(
      fc.property(fc.record(settings), weights, (limits, weighed) => {
        const sizer = sizerOf(limits);
        for (const [rows, bytes] of weighed) {
          const size = read(sizer);
          expect(size).toBeGreaterThanOrEqual(1);
          expect(size).toBeLessThanOrEqual(limits.chunkSize);
          sizer.weigh(rows, bytes);
        }
      }),
    );
  });

  it('keeps a table of large rows out of memory: no query asks for more than fits', async () => {
    const text = 'x'.repeat(MIB);
    const photo = inMemoryDelegate(Array.from({ length: 40 }, (_, id) => ({ id, text })));
    const summaries: StreamSummary[] = [];
    const settings = { ...defaultStreamingSettings, maxChunkBytes: 4 * MIB };
    const service = photoService(photo, settings, (summary) => summaries.push(summary));
    const server = await startLoopbackServer([service]);
    const client = new Client(server.address, credentials.createInsecure());
    const identity = (bytes: Buffer) => bytes;
    let rows = 0;
    for await (const _ of client.makeServerStreamRequest('/Photos/Rows', identity, identity, Buffer.alloc(0))) rows++;
    client.close();
    await server.close();
    expect(rows).toBe(40);
    // A row weighs a little more than its text.
    const [first, ...others] = photo.queries.map(({ take }) => take);
    expect(first).toBe(4);
    expect(Math.max(...others.map(Number))).toBe(3);
    expect(summaries[0]?.end).toBe('done');
  });
});

/** The rows that a query asks for, all of which come. */
function read(sizer: ChunkSizer): number {
  const size = sizer.next();
  sizer.arrived(size);
  return size;
}

function sizerOf(
  settings: { readonly chunkSize: number; readonly maxChunkBytes: number },
  share = ANY_SHARE,
): ChunkSizer {
  return new ChunkSizer({ settings: { ...settings, maxChunkSize: 100_000, readahead: 1 }, share });
}

function photoService(
  photo: ReturnType<typeof inMemoryDelegate>,
  settings: typeof defaultStreamingSettings,
  onStreamEnd: (summary: StreamSummary) => void,
) {
  const message = { encode: () => ({ finish: () => new Uint8Array() }) as never, decode: () => ({}) };
  const method = (name: string) => ({
    name,
    requestType: message,
    requestStream: false,
    responseType: message,
    responseStream: true,
  });
  return streamService(
    {
      definition: { fullName: 'Photos', methods: { rows: method('Rows'), batches: method('Batches') } },
      model: defineModel({
        name: 'Photo',
        delegate: 'photo',
        key: ['id'],
        fields: [
          { name: 'id', number: 1, type: 'Int' },
          { name: 'text', number: 2, type: 'String' },
        ],
      }),
      rows: 'rows',
      batches: 'batches',
    },
    { prisma: { photo }, settingsFor: () => settings, onStreamEnd },
  );
}
