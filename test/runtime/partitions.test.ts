import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chunk, chunkOf } from '../../src/runtime/encode/chunk.js';
import { type ChunkSource, keysetSource, type Row } from '../../src/runtime/index.js';
import { chunksOf, type Source } from '../../src/runtime/rows/chunk-source.js';
import { splitKeys } from '../../src/runtime/stream/serve-partitions.js';
import { inMemoryDelegate } from '../../src/testing/index.js';

const signal = new AbortController().signal;
const key = [{ field: 'group' }, { field: 'id' }];
/** Two columns that tie: ten groups of a hundred. */
const rowOf = (id: number): Row => ({ group: Math.floor(id / 100), id });

async function splitTable(
  delegate: ReturnType<typeof inMemoryDelegate>,
  parts: number,
  onChunk = () => {},
): Promise<Row[]> {
  const source = encoded(keysetSource({ delegate, key, select: { group: true, id: true } }));
  return (await splitKeys({ source, parts, chunkSize: 9, signal, onChunk })).map(decoded);
}

/** Rows are remembered by their bytes; any will do. */
function encoded(source: ChunkSource): Source<Chunk> {
  return chunksOf(source, (rows) => chunkOf(rows, (writer, row) => writer.raw(Buffer.from(JSON.stringify(row)))));
}

function decoded(bytes: Uint8Array): Row {
  return JSON.parse(Buffer.from(bytes).toString());
}

async function read(delegate: ReturnType<typeof inMemoryDelegate>, after?: Row, upTo?: Row): Promise<number[]> {
  const ids: number[] = [];
  for await (const chunk of keysetSource({ delegate, key, after, upTo })({ chunkSize: 9, signal })) {
    ids.push(...chunk.map(({ id }) => Number(id)));
  }
  return ids;
}

describe('splitKeys', () => {
  it('makes parts that hold every row once, also rows that were inserted meanwhile', async () => {
    const anyIds = fc.uniqueArray(fc.nat({ max: 999 }), { maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(anyIds, anyIds, fc.integer({ min: 1, max: 20 }), async (ids, later, parts) => {
        const delegate = inMemoryDelegate(ids.map(rowOf));
        const added = later.filter((id) => !ids.includes(id));
        const left = [...added];
        const insertOne = () => {
          const id = left.pop();
          if (id !== undefined) delegate.insert(rowOf(id));
        };
        const bounds = await splitTable(delegate, parts, insertOne);
        const found = [];
        for (let part = 0; part <= bounds.length; part++) {
          insertOne();
          found.push(await read(delegate, bounds[part - 1], bounds[part]));
        }
        const got = found.flat();
        expect(new Set(got).size).toBe(got.length);
        expect(got).toEqual([...got].sort((a, b) => a - b));
        expect(ids.filter((id) => !got.includes(id))).toEqual([]);
        expect(bounds.length).toBeLessThan(parts);
      }),
      { numRuns: 200 },
    );
  });

  it('makes one part of an empty table and of a single row, and never more parts than rows', async () => {
    for (const [rows, expected] of [
      [0, 1],
      [1, 1],
      [2, 2],
      [3, 3],
      [50, 20],
    ] as const) {
      const delegate = inMemoryDelegate(Array.from({ length: rows }, (_, id) => rowOf(id)));
      expect((await splitTable(delegate, 20)).length + 1).toBe(expected);
    }
  });

  it('makes parts of similar size from a table of any length, and keeps few of its keys', async () => {
    for (const rows of [1000, 4321, 100_000]) {
      const chunk = Array.from({ length: rows }, (_, id) => ({ id }));
      const bounds = await splitKeys({
        source: encoded(async function* () {
          yield chunk;
        }),
        parts: 8,
        chunkSize: 1,
        signal,
      });
      const ends = [...bounds.map((bytes) => Number(decoded(bytes).id) + 1), rows];
      const sizes = ends.map((end, part) => end - (ends[part - 1] ?? 0));
      expect(sizes).toHaveLength(8);
      expect(Math.max(...sizes) / Math.min(...sizes)).toBeLessThan(1.1);
    }
  });

  it('reads only the key columns', async () => {
    const delegate = inMemoryDelegate(Array.from({ length: 40 }, (_, id) => ({ ...rowOf(id), text: 'long' })));
    await splitTable(delegate, 4);
    for (const { select } of delegate.queries) expect(select).toEqual({ group: true, id: true });
  });

  it('stops walking when it is stopped', async () => {
    const stop = new AbortController();
    const delegate = inMemoryDelegate(Array.from({ length: 5000 }, (_, id) => rowOf(id)));
    const source = encoded(keysetSource({ delegate, key }));
    const walk = splitKeys({
      source,
      parts: 2,
      chunkSize: 10,
      signal: stop.signal,
      onChunk: () => stop.abort(new Error('gone')),
    });
    await expect(walk).rejects.toThrow('gone');
    expect(delegate.rowsRead).toBe(10);
  });
});
