import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkSizer } from '../../src/runtime/stream/chunk-sizer.js';

const MIB = 1024 * 1024;

/** A stream on a clock of its own: what each of its steps takes is given. */
interface World {
  /** What a query takes beside its rows, and for each of them. */
  readonly fixedMs: number;
  readonly queryRowMs: number;
  /** What a row takes from there to the client. */
  readonly sendRowMs: number;
  readonly rowBytes: number;
  /** Whether the next query runs while rows are sent, as on a server of a database; SQLite does one after the other. */
  readonly isAside: boolean;
  /** A factor for each step. */
  readonly noise?: () => number;
}

interface Limits {
  readonly maxChunkSize: number;
  readonly maxChunkBytes: number;
  readonly share: { chunkBytes: number };
}

const NO_LIMITS: Limits = {
  maxChunkSize: 100_000,
  maxChunkBytes: 8 * MIB,
  share: { chunkBytes: Number.POSITIVE_INFINITY },
};

/** A stream in such a world, with all that it asked for. */
class Streamed {
  /** The rows of each query, and those that a chunk had then: a probe asks for fewer. */
  readonly sizes: number[] = [];
  readonly chunkSizes: number[] = [];
  nowMs = 0;
  rows = 0;
  private readonly sizer: ChunkSizer;
  private written = 0;

  constructor({ share, ...settings }: Limits) {
    const now = () => this.nowMs;
    this.sizer = new ChunkSizer({ settings: { ...settings, chunkSize: 'auto', readahead: 1 }, share, now });
  }

  read({ fixedMs, queryRowMs, sendRowMs, rowBytes, isAside, noise = () => 1 }: World, chunks: number): this {
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const startedMs = this.nowMs;
      const size = this.sizer.next();
      const sending = isAside ? this.written : size;
      const queryMs = (fixedMs + size * queryRowMs) * noise();
      const sendMs = sending * sendRowMs * noise();
      this.nowMs = startedMs + queryMs;
      this.sizer.arrived(size);
      this.nowMs = startedMs + (isAside ? Math.max(queryMs, sendMs) : queryMs + sendMs);
      if (sending > 0) this.sizer.weigh(sending, sending * rowBytes);
      this.written = size;
      this.rows += size;
      this.sizes.push(size);
      this.chunkSizes.push(this.sizer.chunkSize);
    }
    return this;
  }

  get chunkSize(): number {
    return this.sizer.chunkSize;
  }
}

const SQLITE: World = { fixedMs: 0.15, queryRowMs: 0.0025, sendRowMs: 0.003, rowBytes: 150, isAside: false };
const POSTGRES: World = { fixedMs: 0.8, queryRowMs: 0.003, sendRowMs: 0.0035, rowBytes: 150, isAside: true };

const worlds = fc.record<World>({
  fixedMs: fc.double({ min: 0.01, max: 50, noNaN: true }),
  queryRowMs: fc.double({ min: 0.0005, max: 0.1, noNaN: true }),
  sendRowMs: fc.double({ min: 0.0005, max: 5, noNaN: true }),
  rowBytes: fc.integer({ min: 10, max: 3_000_000 }),
  isAside: fc.boolean(),
});

const anyLimits = fc.record({
  maxChunkSize: fc.integer({ min: 1, max: 100_000 }),
  maxChunkBytes: fc.integer({ min: 64 * 1024, max: 1024 * MIB }),
  share: fc.record({ chunkBytes: fc.integer({ min: 1, max: 64 * MIB }) }),
});

/** The rate of rows with a fixed chunk. */
function rateOf({ fixedMs, queryRowMs, sendRowMs, isAside }: World, chunk: number): number {
  const [queryMs, sendMs] = [fixedMs + chunk * queryRowMs, chunk * sendRowMs];
  return chunk / (isAside ? Math.max(queryMs, sendMs) : queryMs + sendMs);
}

describe('a chunk size that a stream finds for itself', () => {
  it('begins with a few rows, so that the first one is not late', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { sizes } = new Streamed(NO_LIMITS).read(world, 3);
        expect(sizes[0]).toBe(4);
        expect(sizes[1]).toBeLessThanOrEqual(64);
        expect(sizes[2]).toBeLessThanOrEqual(1024);
      }),
    );
  });

  it('is never beyond the limits of the settings and of the memory, nor less than a row, whatever the stream meets', () => {
    const meetings = fc.array(fc.tuple(worlds, fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anyLimits, meetings, (limits, met) => {
        const streamed = new Streamed(limits);
        let weighed = met[0]?.[0].rowBytes ?? 0;
        for (const [world, chunks] of met) {
          for (let chunk = 0; chunk < chunks; chunk += 1) {
            const size = streamed.read(world, 1).sizes.at(-1) ?? 0;
            expect(size).toBeGreaterThanOrEqual(1);
            expect(size).toBeLessThanOrEqual(limits.maxChunkSize);
            const bytes = Math.min(limits.maxChunkBytes, limits.share.chunkBytes);
            // Rows are not weighed before the first of them are sent, and those of a new kind not before one of theirs is.
            if (streamed.sizes.length > 2 && weighed === world.rowBytes) {
              expect(size * world.rowBytes).toBeLessThanOrEqual(Math.max(bytes, world.rowBytes));
            }
            weighed = chunk > 0 ? world.rowBytes : weighed;
          }
        }
      }),
    );
  });

  it('settles: where nothing changes, it changes by less than half, probes or not', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const settled = new Streamed(NO_LIMITS).read(world, 160).chunkSizes.slice(80);
        expect(Math.max(...settled)).toBeLessThanOrEqual(
          Math.max(1.5 * Math.min(...settled), Math.min(...settled) + 1),
        );
      }),
    );
  });

  it('reaches 96% of the best rate of any fixed chunk of two MiB at most', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const streamed = new Streamed(NO_LIMITS).read(world, 40);
        const [rows, nowMs] = [streamed.rows, streamed.nowMs];
        streamed.read(world, 260);
        const rate = (streamed.rows - rows) / (streamed.nowMs - nowMs);
        const most = Math.min(100_000, Math.max(1, Math.floor((2 * MIB) / world.rowBytes)));
        const best = Math.max(
          ...[1, 0.5, 0.2, 0.1].map((share) => rateOf(world, Math.max(1, Math.floor(most * share)))),
        );
        expect(rate / best).toBeGreaterThanOrEqual(0.96);
      }),
    );
  });

  it('is as large as the way to the database is long, and as small as rows are large or the client is slow', () => {
    const found = (world: World) => new Streamed(NO_LIMITS).read(world, 60).chunkSize;
    const near = found(SQLITE);
    expect(near).toBeGreaterThan(500);
    expect(near).toBeLessThan(5000);
    expect(found(POSTGRES)).toBeGreaterThan(near);
    expect(found({ ...POSTGRES, fixedMs: 20 })).toBeGreaterThan(found(POSTGRES));
    expect(found({ ...SQLITE, rowBytes: 16_000, queryRowMs: 0.01, sendRowMs: 0.015 })).toBeLessThanOrEqual(131);
    expect(found({ ...SQLITE, sendRowMs: 1 })).toBe(Math.floor((64 * 1024) / 150));
    expect(found({ ...POSTGRES, fixedMs: 20, sendRowMs: 10 })).toBe(Math.floor((64 * 1024) / 150));
  });

  it('does not swing on a noisy machine', () => {
    for (const world of [SQLITE, POSTGRES, { ...POSTGRES, fixedMs: 20 }]) {
      let state = 1;
      const noise = () => {
        state = (state * 48_271) % 2_147_483_647;
        const uniform = state / 2_147_483_647;
        return uniform > 0.98 ? 5 : 0.8 + 0.5 * uniform;
      };
      const streamed = new Streamed(NO_LIMITS).read({ ...world, noise }, 400);
      const sizes = streamed.chunkSizes.slice(60);
      const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
      const swing = Math.sqrt(sizes.reduce((sum, size) => sum + (size / mean - 1) ** 2, 0) / sizes.length);
      expect(swing).toBeLessThan(0.5);
    }
  });

  it('comes back from a pause of the client within a few quick chunks, and follows what changes for good', () => {
    const streamed = new Streamed(NO_LIMITS).read(SQLITE, 60);
    const before = streamed.chunkSize;
    streamed.read({ ...SQLITE, sendRowMs: 10_000 / before }, 1);
    expect(streamed.read(SQLITE, 1).chunkSize).toBeGreaterThanOrEqual(Math.floor(before / 4));
    const pausedAt = streamed.nowMs;
    streamed.read(SQLITE, 48);
    expect(streamed.chunkSize).toBeGreaterThan(before * 0.7);
    expect(streamed.nowMs - pausedAt).toBeLessThan(500);
    expect(streamed.read({ ...SQLITE, sendRowMs: 1 }, 16).chunkSize).toBe(Math.floor((64 * 1024) / 150));
  });

  it('follows its share of the memory at once', () => {
    const share = { chunkBytes: MIB };
    const streamed = new Streamed({ ...NO_LIMITS, share }).read(SQLITE, 60);
    share.chunkBytes = 15_000;
    expect(streamed.read(SQLITE, 1).sizes.at(-1)).toBeLessThanOrEqual(100);
  });

  it('is at most 1,000 rows while nobody counts their bytes', () => {
    expect(new Streamed(NO_LIMITS).read({ ...POSTGRES, fixedMs: 20, rowBytes: 0 }, 60).chunkSize).toBe(1000);
  });
});
