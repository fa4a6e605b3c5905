import { setTimeout as delay } from 'node:timers/promises';
import type { RowReader, StreamEnd, StreamMetrics, StreamSummary } from '../../src/runtime/index.js';
import { failAtRow, inMemoryDelegate, stallAtRow } from '../../src/testing/index.js';
import { type ItemReader, type ReadOptions, readOverLoopback } from './item-readers.js';
import { type ServedItems, serveItems } from './item-service.js';
import { itemRows } from './items.js';
import { waitFor } from './wait-for.js';

interface Ending {
  readonly delegate: RowReader;
  readonly read?: ReadOptions;
  /** Short, so that a test is not; nothing depends on how short. */
  readonly yieldTimeout?: number;
  /** Brings the end about, where it does not come by itself. */
  readonly act?: (reader: ItemReader, shutdown: AbortController) => Promise<void>;
}

/** A table that takes a while to read. */
function slowly(rows: number): RowReader {
  const delegate = inMemoryDelegate(itemRows(rows));
  return {
    async findMany(args) {
      await delay(5);
      return delegate.findMany(args);
    },
  };
}

const someRows = ({ rows }: ItemReader) => waitFor('some rows', () => rows.length > 300);

/** Ways to end, each with the way to bring it about over a real connection. */
export const ENDINGS: Readonly<Record<StreamEnd, () => Ending>> = {
  done: () => ({ delegate: inMemoryDelegate(itemRows(1234)) }),
  cancelled: () => ({
    delegate: slowly(100_000),
    act: async (reader) => {
      await someRows(reader);
      reader.cancel();
    },
  }),
  deadline: () => ({ delegate: slowly(100_000), read: { deadline: new Date(Date.now() + 300) } }),
  'consumer-stalled': () => ({
    delegate: inMemoryDelegate(itemRows(20_000, 1000)),
    read: { stopAfter: 50 },
    yieldTimeout: 0.3,
  }),
  'database-stalled': () => ({ delegate: stallAtRow(501, inMemoryDelegate(itemRows(1000))), yieldTimeout: 0.3 }),
  shutdown: () => ({
    delegate: slowly(100_000),
    act: async (reader, shutdown) => {
      await someRows(reader);
      shutdown.abort();
    },
  }),
  failed: () => ({
    delegate: failAtRow(501, new Error('password of 10.0.0.5 refused'), inMemoryDelegate(itemRows(1000))),
  }),
};

/** Runs one stream to such an end, over a real connection. */
export async function runToEnd(
  end: StreamEnd,
  metrics: StreamMetrics | readonly StreamMetrics[],
): Promise<StreamSummary> {
  const { delegate, read, yieldTimeout = 20, act } = ENDINGS[end]();
  const shutdown = new AbortController();
  const settings = { chunkSize: 100, cancellationCheckInterval: 10, yieldTimeout };
  const server = await serveItems({ delegate, settings, metrics, shutdown: shutdown.signal });
  try {
    const reader = readOverLoopback(server.client, read);
    await act?.(reader, shutdown);
    return await onlySummary(server);
  } finally {
    await server.close();
  }
}

async function onlySummary({ summaries }: ServedItems): Promise<StreamSummary> {
  await waitFor('the summary', () => summaries.length > 0);
  const [summary] = summaries;
  if (!summary) throw new Error('no summary');
  return summary;
}
