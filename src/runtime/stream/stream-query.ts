import { type StreamingSettings, settingsOf } from '../../config/index.js';
import type { StreamLogger } from '../logger.js';
import type { StreamMetrics, StreamSummary } from '../metrics/stream-metrics.js';
import { StreamRecorder } from '../metrics/stream-recorder.js';
import type { ChunkSource, Row } from '../rows/chunk-source.js';
import { type StreamEnd, StreamStopped, stopError } from '../status/stream-stopped.js';
import { ChunkSizer } from './chunk-sizer.js';
import { openChunks } from './stream-chunks.js';
import { type CancellableCall, openStreamLife } from './stream-life.js';

export interface StreamQueryOptions<T, M>
  extends Partial<
    Pick<StreamingSettings, 'chunkSize' | 'cancellationCheckInterval' | 'yieldTimeout' | 'enableMetrics' | 'readahead'>
  > {
  /** The source of the rows: `keysetSource(…)`, `iterableSource(…)` or your own. */
  readonly query: ChunkSource<T>;
  /** Converts a row to a message. */
  readonly toMessage: (row: T) => M;
  /** The grpc-js call, whose cancellation and deadline end the stream. */
  readonly call?: CancellableCall;
  /** Another way to cancel. */
  readonly signal?: AbortSignal;
  readonly logger?: StreamLogger;
  /** Observe the stream, such as `prometheusMetrics`. */
  readonly metrics?: StreamMetrics | readonly StreamMetrics[];
  /** The name of the stream in the log and in metrics. Use few names: each is a time series. Default `query`. */
  readonly name?: string;
  readonly onStreamEnd?: (summary: StreamSummary) => void;
}

/**
 * Streams the messages of a query, one by one, for your own handlers. It reads in chunks, one chunk ahead, yields to the event loop and
 * checks for cancellation every `cancellationCheckInterval` rows, and measures the stream. It reads the next chunk only when the consumer has
 * taken the messages before it, so a slow consumer slows the database.
 *
 * A cancelled stream ends without an error.
 *
 * @throws StreamError DEADLINE_EXCEEDED when the call's deadline passes, ABORTED when the database returns nothing for `yieldTimeout`
 * seconds, RESOURCE_EXHAUSTED when no message is taken for as long; and any error of the query or of `toMessage`.
 *
 * @example
 * for await (const message of streamQuery({
 *   query: keysetSource({ delegate: prisma.book, key: [{ field: 'id' }], where: { active: true } }),
 *   toMessage: (row) => ({ id: row.id, title: row.title }),
 *   call,
 *   chunkSize: 500,
 *   cancellationCheckInterval: 50,
 * })) {
 *   await write(call, message);
 * }
 *
 *
 *
 */
export async function* streamQuery<T = Row, M = T>(
  options: StreamQueryOptions<T, M>,
): AsyncGenerator<M, void, undefined> {
  const settings = settingsOf(options);
  const { call, signal, toMessage } = options;
  const { cancellationCheckInterval: interval } = settings;
  let given = 0;
  const life = openStreamLife({ call, signal, yieldTimeoutMs: settings.yieldTimeout * 1000 });
  const sizer = sizerOf(settings);
  const recorder = new StreamRecorder({
    ...options,
    model: options.name ?? 'query',
    method: '',
    enableMetrics: settings.enableMetrics,
    written: () => ({
      rows: given,
      messages: given,
      bytes: 0,
      queuedBytes: 0,
      peakQueuedBytes: 0,
      chunkSize: sizer.chunkSize,
    }),
  });
  const chunks = openChunks({
    source: options.query,
    sizer,
    settings,
    life,
    recorder,
  });
  let end: StreamEnd = 'cancelled';
  let failure: unknown;
  try {
    for (let chunk = await chunks.next(); chunk; chunk = await chunks.next()) {
      for (const row of chunk) {
        if (given % interval === 0) {
          life.moved('turn');
          await life.turn();
          life.check();
          life.moved('consumer');
        }
        const message = toMessage(row);
        if (given++ === 0) recorder.firstRow();
        yield message;
        life.moved('consumer');
      }
      sizer.weigh(chunk.length, 0);
    }
    end = 'done';
  } catch (error) {
    failure = error;
    end = error instanceof StreamStopped ? error.stop : 'failed';
    if (error instanceof StreamStopped && error.stop !== 'cancelled')
      throw stopError(error.stop, settings.yieldTimeout);
    if (end === 'failed') throw error;
  } finally {
    // Also runs when the consumer leaves its loop: then there was no error, and `end` is still `cancelled`.
    life.close();
    await chunks.close();
    recorder.ended({ end, status: '', failure });
  }
}

/** The messages are the caller's, and their bytes are not counted: a chunk has the rows that the settings say from the first on. */
function sizerOf(settings: StreamingSettings): Pick<ChunkSizer, 'next' | 'arrived' | 'weigh' | 'chunkSize'> {
  const { chunkSize } = settings;
  if (chunkSize === 'auto') return new ChunkSizer({ settings, share: { chunkBytes: Number.POSITIVE_INFINITY } });
  return { chunkSize, next: () => chunkSize, arrived() {}, weigh() {} };
}
