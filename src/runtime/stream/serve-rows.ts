import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import type { StreamingSettings } from '../../config/index.js';
import { StreamError } from '../../errors/index.js';
import type { Chunk } from '../encode/chunk.js';
import type { MessageFramer } from '../encode/frame-messages.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import type { StreamLogger } from '../logger.js';
import type { StreamMetrics, StreamSummary } from '../metrics/stream-metrics.js';
import { StreamRecorder, type Written } from '../metrics/stream-recorder.js';
import { callContext } from '../request/call-context.js';
import type { Source } from '../rows/chunk-source.js';
import { statusOf } from '../status/grpc-status.js';
import { type StreamEnd, StreamStopped } from '../status/stream-stopped.js';
import { MessageSink } from '../write/message-sink.js';
import { ChunkSizer } from './chunk-sizer.js';
import { isAskedAtOnce, openChunks } from './stream-chunks.js';
import { openStreamLife, type StreamLife } from './stream-life.js';
import { streamMemory } from './stream-memory.js';

export interface ServeRowsOptions {
  /** For the log and the metrics. */
  readonly model: string;
  readonly source: Source<Chunk>;
  /** Whether its queries run in another process. Default false: they may hold this thread. */
  readonly queriesElsewhere?: boolean | undefined;
  /** Names of the fields from which a client resumes: their values are never omitted. */
  readonly placeFields?: readonly string[] | undefined;
  readonly framer: MessageFramer;
  readonly settings: StreamingSettings;
  readonly logger?: StreamLogger | undefined;
  readonly metrics?: StreamMetrics | readonly StreamMetrics[] | undefined;
  readonly shutdown?: AbortSignal | undefined;
  readonly onStreamEnd?: ((summary: StreamSummary) => void) | undefined;
}

/**
 * Streams rows to a client, from the first query to the final status: a chunk is read, encoded into blocks of framed messages and written at
 * the client's pace, while the next chunk is fetched. However the stream ends (the last row, the client, a deadline, a stall, a shutdown, an
 * error), it stops the query, sends the right status, reports once, and leaves nothing running.
 *
 * Never rejects: grpc-js would never answer the client.
 */
export async function serveRows(
  call: ServerWritableStream<unknown, unknown>,
  options: ServeRowsOptions,
): Promise<void> {
  const { settings, framer } = options;
  const share = streamMemory.join({ settings, taken: () => sink.takenBytes });
  const life = openStreamLife({
    call,
    shutdown: options.shutdown,
    client: callContext(call)?.client,
    yieldTimeoutMs: settings.yieldTimeout * 1000,
  });
  const sink = new MessageSink(call, {
    get maxQueuedBytes() {
      return Math.min(settings.maxQueuedBytes, share.queueBytes);
    },
    compression: settings.compression,
    onTaken: () => life.moved(),
    timeWrite: (write) => recorder.timeWrite(write),
  });
  const recorder = new StreamRecorder({
    ...options,
    method: call.getPath().slice(1),
    metadata: call.metadata,
    enableMetrics: settings.enableMetrics,
    written: () => ({ ...written(framer, sink), chunkSize: sizer.chunkSize }),
  });
  const sizer = new ChunkSizer({ settings, share });
  const chunks = openChunks({ source: options.source, sizer, settings, life, recorder });
  const clientTakes = (wait: (signal: AbortSignal) => Promise<void>) => {
    const held = { rows: sizer.rowBytes, queued: sink.queuedBytes };
    return recorder.timeDrain(share.paused(held, () => wait(life.signal)));
  };
  let failure: unknown;
  try {
    share.assertRoom();
    life.moved('turn');
    // What the client sent with its request, such as a reset, arrives first: for a client that is gone, no query is asked.
    await recorder.timeTurn(life.turn());
    life.check();
    for (let chunk = await chunks.next(); chunk; chunk = await chunks.next()) {
      await writeChunk(chunk, { ...options, sink, sizer, life, recorder, clientTakes });
      chunk.release?.();
      // Rows for which there is no room stay in the database.
      await clientTakes((signal) => sink.drained(signal));
    }
    await clientTakes((signal) => sink.flushed(signal));
  } catch (error) {
    failure = error;
  }
  // First the client gets its status; then the stream waits for the query that is in flight.
  const outcome = endCall(call, sink, failure, settings.yieldTimeout);
  await chunks.close().catch((error: unknown) => {
    failure ??= error;
  });
  life.close();
  share.leave();
  recorder.ended({ ...outcome, failure });
}

interface Work extends Pick<ServeRowsOptions, 'model' | 'settings' | 'framer' | 'placeFields' | 'queriesElsewhere'> {
  readonly sink: MessageSink;
  readonly sizer: ChunkSizer;
  readonly life: StreamLife;
  readonly recorder: StreamRecorder;
  /** Waits for the client. */
  readonly clientTakes: (wait: (signal: AbortSignal) => Promise<void>) => Promise<void>;
}

/** The next query is sent after one of so many parts of a chunk: the size of the rows in it decides how many rows the query asks for. */
const PARTS = 8;

/**
 * Encodes a chunk interval by interval. After each interval the event loop turns, so that a cancellation is noticed. An interval of large
 * rows ends early, when the queue is full. A row that cannot be sent ends the stream after the rows before it.
 *
 * A query is sent when the loop turns. Where queries run in another process, the loop turns before the chunk or early in it, however long the
 * interval is, so that the next query runs while the chunk is written.
 */
async function writeChunk(chunk: Chunk, work: Work): Promise<void> {
  const { settings, framer, sink, sizer, life, recorder, clientTakes, placeFields = [], queriesElsewhere } = work;
  const turn = async () => {
    life.moved('turn');
    await recorder.timeTurn(life.turn());
    life.check();
    life.moved('consumer');
  };
  // The first rows of a stream leave before the next query.
  if (isAskedAtOnce(chunk) && framer.bytes > 0) await turn();
  const most = queriesElsewhere ? Math.ceil(chunk.length / PARTS) : chunk.length;
  const interval = Math.min(settings.cancellationCheckInterval, most);
  let next = 0;
  const onUnreadable =
    settings.onUnreadable === 'null'
      ? (value: UnreadableValue) => !placeFields.includes(value.field) && leaveOut(value, nameOf(chunk, next), recorder)
      : undefined;
  for (let start = 0; start < chunk.length; start = next) {
    const end = Math.min(start + interval, chunk.length);
    const bytesBefore = framer.bytes;
    try {
      recorder.timeEncode(() => {
        for (let full = sink.full; next < end && !full; next++) {
          framer.add(chunk, next, onUnreadable);
          if (!framer.full) continue;
          sink.write(framer.take());
          full = sink.full;
        }
      });
    } catch (error) {
      sink.write(framer.take());
      await clientTakes((signal) => sink.flushed(signal));
      throw error instanceof UnreadableValue ? unreadableRow(error, work.model, nameOf(chunk, next)) : error;
    }
    sizer.weigh(next - start, framer.bytes - bytesBefore);
    if (next >= chunk.length) sink.write(framer.take());
    if (sink.full) await clientTakes((signal) => sink.drained(signal));
    await turn();
  }
}

function nameOf(chunk: Chunk, index: number): string {
  return chunk.nameOf?.(index) ?? `row ${index} of its chunk`;
}

function leaveOut(value: UnreadableValue, key: string, recorder: StreamRecorder): true {
  recorder.valueLeftOut(value, key);
  return true;
}

/** The client learns the field; only the log names the row. */
function unreadableRow({ field, problem }: UnreadableValue, model: string, key: string): StreamError {
  const error = new StreamError('stream.unreadable', `${model}.${field} ${problem}`, {
    status: 'INTERNAL',
    phase: 'encode',
    nextActions: [
      'correct the value in the database; the server logs the key of its row',
      "or set streaming.onUnreadable to 'null', which leaves such values out where the column may be NULL",
    ],
  });
  return Object.assign(error, { model, field, key });
}

/** The sink owns blocks that left the framer; the framer's current block may never be sent. */
function written(
  { taken }: Pick<MessageFramer, 'taken'>,
  { bytes, queuedBytes, peakQueuedBytes }: MessageSink,
): Omit<Written, 'chunkSize'> {
  return { ...taken, bytes, queuedBytes, peakQueuedBytes };
}

/** Sends the client its status, and returns how the stream ended. */
function endCall(
  call: ServerWritableStream<unknown, unknown>,
  sink: MessageSink,
  failure: unknown,
  yieldTimeout: number,
): { readonly end: StreamEnd; readonly status: string } {
  if (failure === undefined) {
    call.end();
    return { end: 'done', status: 'OK' };
  }
  const end = failure instanceof StreamStopped ? failure.stop : 'failed';
  const status = statusOf(failure, yieldTimeout);
  if (end === 'cancelled') sink.reset('cancel');
  else if (!mustReset(end, sink) || !sink.reset(end === 'consumer-stalled' ? 'enhance-your-calm' : 'cancel')) {
    call.emit('error', { code: status.code, details: status.details, metadata: status.metadata ?? new Metadata() });
    if (sink.holdsBack) resetLater(call, sink, yieldTimeout);
  }
  return { end, status: status.name };
}

/** A status waits for the data that is queued before it: the stream of a client that does not read would never end. */
function resetLater(call: ServerWritableStream<unknown, unknown>, sink: MessageSink, seconds: number): void {
  const timer = setTimeout(() => sink.reset('cancel'), seconds * 1000);
  // grpc-js emits it after every stream, also after one that was read to its end.
  call.once('cancelled', () => clearTimeout(timer));
}

/** A status waits for the data that is queued before it: it would not reach a client that does not read, or whose deadline has passed. */
function mustReset(end: StreamEnd, sink: MessageSink): boolean {
  return sink.queuedBytes > 0 && (end === 'consumer-stalled' || end === 'deadline');
}
