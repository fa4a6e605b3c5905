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
  /** Where rows come from: `keysetSource(…)`, `iterableSource(…)` or a source of your own. */
  readonly query: ChunkSource<T>;
  /** Makes the message of a row. */
  readonly toMessage: (row: T) => M;
  /** Makes the bytes of a message, such as ts-proto's `(book) => Book.encode(book).finish()`. */
  readonly serialize: (message: M) => Uint8Array;
  /** Names the stream in the log and in metrics: choose from a few names, each is a time series. Default `query`. */
  readonly name?: string;
  /** Default: silent. */
  readonly logger?: StreamLogger;
  readonly metrics?: StreamMetrics | readonly StreamMetrics[];
  /** Aborted when the server shuts down: the stream ends with UNAVAILABLE. */
  readonly shutdown?: AbortSignal;
  /** Called once, after the stream ended, while metrics are enabled. */
  readonly onStreamEnd?: (summary: StreamSummary) => void;
}

/**
 * Answers a call with the messages of a query, for handlers of your own: everything that a generated handler does. Chunks are read
 * ahead, messages go to the socket by the block and at the client's pace; whatever ends the stream – the last row, the client, a
 * deadline, a stall, a shutdown, an error – stops the query, gives the client the right status, and is reported once.
 *
 * Resolves when nothing of the stream is left running. Never rejects: grpc-js would leave the client waiting for ever. What `query`,
 * `toMessage` or `serialize` throws becomes the call's status: a `StreamError` its own, anything else INTERNAL with the text in the
 * log alone.
 *
 * @example
 * const streamBooks = (call: ServerWritableStream<StreamBooksRequest, Book>) =>
 *   serveStream(call, {
 *     query: keysetSource({ delegate: prisma.book, key: [{ field: 'id' }], where: { inPrint: true } }),
 *     toMessage: (row) => Book.fromPartial({ id: BigInt(row.id), title: row.title }),
 *     serialize: (book) => Book.encode(book).finish(),
 *     chunkSize: 500,
 *   });
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
