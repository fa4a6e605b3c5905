import type { ServerWritableStream } from '@grpc/grpc-js';
import { type StreamingSettings, settingsOf } from '../../config/index.js';
import type { ByteWriter } from '../encode/byte-writer.js';
import { chunkOf } from '../encode/chunk.js';
import { frameRows } from '../encode/frame-messages.js';
import type { StreamLogger } from '../logger.js';
import type { StreamMetrics, StreamSummary } from '../metrics/stream-metrics.js';
import { setCallWork } from '../request/call-context.js';
import { type ChunkSource, chunksOf } from '../rows/chunk-source.js';
import { serveRows } from './serve-rows.js';

export interface ServeStreamOptions<T, M> extends Partial<StreamingSettings> {
  /** The source of the rows: `keysetSource(…)`, `iterableSource(…)` or your own. */
  readonly query: ChunkSource<T>;
  /** Converts a row to a message. */
  readonly toMessage: (row: T) => M;
  /** Encodes a message, such as ts-proto's `(book) => Book.encode(book).finish()`. */
  readonly serialize: (message: M) => Uint8Array;
  /** The name of the stream in the log and in metrics. Use few names: each is a time series. Default `query`. */
  readonly name?: string;
  /** Default: nothing is logged. */
  readonly logger?: StreamLogger;
  readonly metrics?: StreamMetrics | readonly StreamMetrics[];
  /** Aborted when the server shuts down: the stream ends with UNAVAILABLE. */
  readonly shutdown?: AbortSignal;
  /** Called once, after the stream ended, while metrics are enabled. */
  readonly onStreamEnd?: (summary: StreamSummary) => void;
}

/**
 * Answers a call with the messages of a query, for your own handlers: it does everything that a generated handler does. It reads chunks
 * ahead, and writes messages to the socket in blocks and at the client's pace. However the stream ends (the last row, the client, a deadline,
 * a stall, a shutdown, an error), it stops the query, sends the right status, and reports once.
 *
 * Resolves when everything of the stream has ended. Never rejects: grpc-js would never answer the client. An error of `query`, `toMessage` or
 * `serialize` becomes the call's status: a `StreamError` its own status, any other error INTERNAL, with its text only in the log.
 *
 * @example
 * const streamBooks = (call: ServerWritableStream<StreamBooksRequest, Book>) =>
 *   serveStream(call, {
 *     query: keysetSource({ delegate: prisma.book, key: [{ field: 'id' }], where: { inPrint: true } }),
 *     toMessage: (row) => Book.fromPartial({ id: BigInt(row.id), title: row.title }),
 *     serialize: (book) => Book.encode(book).finish(),
 *     chunkSize: 500,
 *   });
 *
 *
 */
export async function serveStream<T, M, Request>(
  call: ServerWritableStream<Request, NoInfer<M>>,
  options: ServeStreamOptions<T, M>,
): Promise<void> {
  const { query, toMessage, serialize, name = 'query' } = options;
  const settings = settingsOf(options);
  const framer = frameRows(settings.maxMessageBytes);
  const encode = (writer: ByteWriter, row: T) => writer.raw(serialize(toMessage(row)));
  const source = chunksOf(query, (rows) => chunkOf(rows, encode));
  const work = serveRows(call, { ...options, model: name, source, framer, settings });
  setCallWork(call, work);
  await work;
}
