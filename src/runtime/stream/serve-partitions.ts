import { Metadata, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import type { StreamingSettings } from '../../config/index.js';
import { abortable, inTime } from '../../waits/index.js';
import { ByteWriter } from '../encode/byte-writer.js';
import { encodePartitions } from '../encode/encode-partitions.js';
import type { StreamLogger } from '../logger.js';
import type { Reading } from '../rows/model-reading.js';
import { statusOf } from '../status/grpc-status.js';
import { StreamStopped } from '../status/stream-stopped.js';
import { splitKeys } from './split-keys.js';
import { startWalk } from './start-walk.js';
import { openStreamLife } from './stream-life.js';

export interface ServePartitionsOptions<R> {
  /** For the log. */
  readonly model: string;
  /** The key columns of every row, and how to write them as a key. */
  readonly reading: Reading<R>;
  readonly parts: number;
  readonly settings: StreamingSettings;
  readonly logger?: StreamLogger | undefined;
  readonly shutdown?: AbortSignal | undefined;
}

/**
 * Answers a call with the parts of a table; the client, its deadline, a stall or a shutdown ends the walk as it would a stream. Resolves
 * when the walk has ended, too, or hangs for longer than the yield timeout.
 */
export async function servePartitions<R>(
  call: ServerUnaryCall<unknown, unknown>,
  reply: sendUnaryData<unknown>,
  { model, reading, parts, settings, logger, shutdown }: ServePartitionsOptions<R>,
): Promise<void> {
  const yieldTimeoutMs = settings.yieldTimeout * 1000;
  const life = openStreamLife({ call, shutdown, yieldTimeoutMs });
  let walk: Promise<readonly R[]> = Promise.resolve([]);
  let endWalk = () => {};
  try {
    life.moved('turn');
    endWalk = await startWalk(life.signal);
    life.moved('database');
    const { chunkSize } = settings;
    const { signal } = life;
    walk = splitKeys({ ...reading, parts, chunkSize, signal, onChunk: () => life.moved('database') });
    const bounds = await abortable(walk, signal);
    reply(null, encodePartitions(bounds.map((row) => bytesOf(reading, row))));
  } catch (error) {
    if (!(error instanceof StreamStopped)) logger?.error({ err: error, model }, 'Partitioning error');
    const { code, details, metadata = new Metadata() } = statusOf(error, settings.yieldTimeout);
    reply({ code, details, metadata });
  } finally {
    life.close();
    // It may outlast the answer, and has told why it failed. What hangs is not waited for longer.
    await inTime(Promise.allSettled([walk]), yieldTimeoutMs);
    endWalk();
  }
}

function bytesOf<R>({ encode }: Reading<R>, row: R): Buffer {
  const writer = new ByteWriter();
  encode(writer, row);
  return writer.take();
}
