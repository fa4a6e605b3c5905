import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Chunk, chunkOf } from '../../src/runtime/encode/chunk.js';
import { frameRows } from '../../src/runtime/encode/frame-messages.js';
import {
  type ChunkSource,
  defaultStreamingSettings,
  iterableSource,
  StreamError,
  type StreamSummary,
} from '../../src/runtime/index.js';
import { chunksOf, type Source } from '../../src/runtime/rows/chunk-source.js';
import { nextTurn } from '../../src/runtime/stream/next-turn.js';
import { type ServeRowsOptions, serveRows } from '../../src/runtime/stream/serve-rows.js';
import { failAtRow, fakeCall, stallAtRow } from '../../src/testing/index.js';
import { Item, itemModel, itemRows } from '../support/items.js';
import { activeTimers, waitFor } from '../support/wait-for.js';

const unhandled = vi.fn();
process.on('unhandledRejection', unhandled);
afterEach(() => {
  expect(unhandled).not.toHaveBeenCalled();
});

function optionsFor(
  source: ChunkSource,
  {
    settings,
    ...options
  }: { settings?: Partial<ServeRowsOptions['settings']> } & Partial<Omit<ServeRowsOptions, 'settings' | 'source'>> = {},
): ServeRowsOptions {
  const all = { ...defaultStreamingSettings, ...settings };
  const chunks = chunksOf(source, (rows) => chunkOf(rows, itemModel.encode));
  return { model: 'Item', source: chunks, framer: frameRows(all.maxMessageBytes), settings: all, ...options };
}

describe('serveRows', () => {
  it('serves any source of chunks', async () => {
    const call = fakeCall({ decode: Item.decode });
    await serveRows(call, optionsFor(iterableSource(itemRows(25))));
    expect((await call.ended).name).toBe('OK');
    expect(call.messages).toEqual(itemRows(25));
  });

  it.each([
    ['asks for the next chunk while it writes one, whatever the interval, where queries run elsewhere', true, 10],
    ['writes a chunk before it asks for the next one, where a query may hold the thread', false, 80],
  ])('%s', async (_title, queriesElsewhere, rowsBefore) => {
    const rowsWritten: number[] = [];
    let rows = 0;
    const source: Source<Chunk> = async function* () {
      for (let query = 1; query <= 3; query++) {
        rowsWritten.push(rows);
        yield chunkOf(itemRows(80), (writer, row) => {
          rows += 1;
          itemModel.encode(writer, row);
        });
      }
    };
    const settings = { cancellationCheckInterval: 1000 };
    await serveRows(fakeCall(), { ...optionsFor(iterableSource([]), { settings }), source, queriesElsewhere });
    expect(rowsWritten).toEqual([0, rowsBefore, 80 + rowsBefore]);
  });

  it('finds its chunk for itself with `auto`, and says in its log which one it was', async () => {
    const asked: number[] = [];
    const source: ChunkSource = async function* (request) {
      for (let left = 20_000; left > 0; ) {
        const rows = itemRows(Math.min(request.chunkSize, left));
        asked.push(request.chunkSize);
        left -= rows.length;
        yield rows;
      }
    };
    const info = vi.fn();
    const logger = { debug: vi.fn(), info, warn: vi.fn(), error: vi.fn() };
    const summaries: StreamSummary[] = [];
    const onStreamEnd = (summary: StreamSummary) => summaries.push(summary);
    const call = fakeCall();
    await serveRows(call, optionsFor(source, { logger, onStreamEnd, settings: { chunkSize: 'auto' } }));
    expect((await call.ended).name).toBe('OK');
    expect(asked.slice(0, 2)).toEqual([4, 64]);
    const [summary] = summaries;
    expect(summary).toMatchObject({ rows: 20_000, chunkSize: asked.at(-1) });
    expect(summary?.largestChunk).toBeGreaterThan(64);
    expect(info).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ chunkSize: summary?.chunkSize }),
      expect.stringContaining('20000 items'),
    );
  });

  it('never rejects, also when the source throws before it is read', async () => {
    const call = fakeCall();
    const source: ChunkSource = () => {
      throw new Error('no such table');
    };
    const timers = activeTimers();
    await expect(serveRows(call, optionsFor(source))).resolves.toBeUndefined();
    expect(await call.ended).toMatchObject({ name: 'INTERNAL', details: 'internal error' });
    await waitFor('the timers to go', () => activeTimers() <= timers);
  });

  it('never rejects, also when its listener throws', async () => {
    const fail = () => {
      throw new Error('the metrics are broken');
    };
    const call = fakeCall();
    await expect(
      serveRows(call, optionsFor(iterableSource(itemRows(3)), { onStreamEnd: fail })),
    ).resolves.toBeUndefined();
    expect((await call.ended).name).toBe('OK');

    const other = fakeCall();
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    const failing = failAtRow(2, new Error('gone'), iterableSource(itemRows(3)));
    await expect(serveRows(other, optionsFor(failing, { logger }))).resolves.toBeUndefined();
    expect((await other.ended).name).toBe('INTERNAL');
  });

  it('logs the error of a listener for ends that throws', async () => {
    const error = vi.fn();
    const broken = new Error('the metrics are broken');
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error };
    const onStreamEnd = () => {
      throw broken;
    };
    await serveRows(fakeCall(), optionsFor(iterableSource(itemRows(3)), { logger, onStreamEnd }));
    expect(error).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ err: broken }), expect.any(String));
  });

  it('passes the status and the text of a StreamError on', async () => {
    const call = fakeCall();
    const error = new StreamError('app.busy', 'the catalogue is being rebuilt', {
      status: 'UNAVAILABLE',
      phase: 'database',
      nextActions: ['try again in a minute'],
    });
    await serveRows(call, optionsFor(failAtRow(1, error, iterableSource(itemRows(3)))));
    expect(await call.ended).toMatchObject({
      name: 'UNAVAILABLE',
      details: 'the catalogue is being rebuilt; try again in a minute',
    });
  });

  it('delivers every row that came before the failure', async () => {
    const call = fakeCall({ decode: Item.decode });
    await serveRows(call, optionsFor(failAtRow(26, new Error('gone'), iterableSource(itemRows(50)))));
    await call.ended;
    expect(call.messages).toHaveLength(25);
  });

  it('queues no more than its limit and a block, however large rows are and however rare the checks', async () => {
    const rows = itemRows(100, 200_000);
    const call = fakeCall({ holdAfter: { messages: 1 } });
    let peak = 0;
    const settings = {
      cancellationCheckInterval: 100,
      maxQueuedBytes: 1024 * 1024,
      onStreamEnd: undefined,
    };
    const done = serveRows(
      call,
      optionsFor(iterableSource(rows), {
        settings,
        onStreamEnd: ({ peakQueuedBytes }) => {
          peak = peakQueuedBytes;
        },
      }),
    );
    await waitFor('the hold', () => call.messages.length === 1);
    call.release();
    await done;
    expect(peak).toBeLessThanOrEqual(settings.maxQueuedBytes + 200_100);
  });

  it('does not count the turns of other streams as a stall', async () => {
    let busy = true;
    const takeTurns = async () => {
      while (busy) {
        await nextTurn();
        const until = performance.now() + 5;
        while (performance.now() < until);
      }
    };
    // A round of turns lasts 200 ms, four times the yield timeout.
    const others = Array.from({ length: 40 }, takeTurns);
    const call = fakeCall();
    const settings = { yieldTimeout: 0.05, cancellationCheckInterval: 10, chunkSize: 10 };
    await serveRows(call, optionsFor(iterableSource(itemRows(30)), { settings }));
    busy = false;
    await Promise.all(others);
    expect((await call.ended).name).toBe('OK');
    expect(call.messages).toHaveLength(30);
  });

  it('reports how long it waited, and for what', async () => {
    const query = stallAtRow(11, iterableSource(itemRows(20)));
    const call = fakeCall({ holdAfter: { messages: 15 } });
    const onStreamEnd = vi.fn();
    const done = serveRows(call, optionsFor(query, { onStreamEnd, settings: { chunkSize: 10 } }));
    await query.stalled;
    setTimeout(query.release, 50);
    await waitFor('the hold', () => call.messages.length === 15);
    setTimeout(() => call.release(), 50);
    await done;
    const { times, durationMs } = onStreamEnd.mock.calls[0]?.[0] ?? {};
    // Timers may fire a millisecond early.
    expect(times.databaseMs).toBeGreaterThanOrEqual(45);
    expect(times.drainMs).toBeGreaterThanOrEqual(45);
    expect(times.databaseMs + times.encodeMs + times.drainMs).toBeLessThanOrEqual(durationMs + 0.01);
  });
});
