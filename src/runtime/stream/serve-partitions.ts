import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Metadata, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import type { StreamingSettings } from '../../config/index.js';
import { WireType, wireNumbers } from '../../model/index.js';
import { abortable, inTime, Semaphore } from '../../waits/index.js';
import { ByteWriter } from '../encode/byte-writer.js';
import type { Chunk } from '../encode/chunk.js';
import type { StreamLogger } from '../logger.js';
import { callContext } from '../request/call-context.js';
import type { Source } from '../rows/chunk-source.js';
import { statusOf } from '../status/grpc-status.js';
import { StreamStopped } from '../status/stream-stopped.js';
import { nextTurn } from './next-turn.js';
import { openStreamLife } from './stream-life.js';

export interface ServePartitionsOptions {
  /** For the log. */
  readonly model: string;
  /** The key columns of every row. */
  readonly source: Source<Chunk>;
  readonly parts: number;
  readonly settings: StreamingSettings;
  readonly logger?: StreamLogger | undefined;
  readonly shutdown?: AbortSignal | undefined;
}

/**
 * Answers a call with the partitions of a table. The client, its deadline, a stall or a shutdown ends the walk as they end a stream. Resolves
 * when the walk has ended as well, or has hung for longer than the yield timeout.
 */
export async function servePartitions(
  call: ServerUnaryCall<unknown, unknown>,
  reply: sendUnaryData<unknown>,
  { model, source, parts, settings, logger, shutdown }: ServePartitionsOptions,
): Promise<void> {
  const yieldTimeoutMs = settings.yieldTimeout * 1000;
  const client = callContext(call)?.client;
  const life = openStreamLife({ call, shutdown, client, yieldTimeoutMs });
  let walk: Promise<readonly Uint8Array[]> = Promise.resolve([]);
  let endWalk = () => {};
  try {
    life.moved('turn');
    // What the client sent with its request, such as a reset, arrives first: for a client that is gone, no query is asked.
    await life.turn();
    life.check();
    endWalk = await walks.acquire(life.signal);
    life.moved('database');
    const chunkSize = settings.chunkSize === 'auto' ? KEYS_AT_A_TIME : settings.chunkSize;
    const { signal } = life;
    walk = splitKeys({ source, parts, chunkSize, signal, turn: life.turn, onChunk: () => life.moved('database') });
    reply(null, encodePartitions(await abortable(walk, signal)));
  } catch (error) {
    if (!(error instanceof StreamStopped)) logger?.error({ err: error, model }, 'Partitioning error');
    const { code, details, metadata = new Metadata() } = statusOf(error, settings.yieldTimeout);
    reply({ code, details, metadata });
  } finally {
    life.close();
    // The walk may outlast the answer; its failure was reported. A walk that hangs is not waited for longer.
    await inTime(Promise.allSettled([walk]), yieldTimeoutMs);
    endWalk();
  }
}

/**
 * A walk reads every key of a table: a thousand walks together would be no faster than one after the other, but would use all of the memory.
 */
const walks = new Semaphore(4);

/** Keys are alike in every table: nothing needs to be found out. */
const KEYS_AT_A_TIME = 1000;

/** Keys are small; the writer grows for a longer one. */
const KEY_BYTES = 256;

/** Keys that are kept for each part: enough that the sizes of the parts differ by a few per cent only. */
const SAMPLES_PER_PART = 32;

export interface SplitKeysOptions {
  /** Reads the key columns of every row, in the key's order. */
  readonly source: Source<Chunk>;
  readonly parts: number;
  readonly chunkSize: number;
  readonly signal: AbortSignal;
  /** Waits for the walk's turn after each chunk. Default: that of a nameless client. */
  readonly turn?: () => Promise<void>;
  /** Called for every chunk. */
  readonly onChunk?: () => void;
}

/**
 * Walks a table's keys, and finds those that split it into parts of similar size. It keeps every n-th key, and n grows with the table:
 * neither the size of the table nor its keys must be known beforehand.
 *
 * @returns The encoded key of the last row of every part but the last; fewer when there are fewer rows than parts.
 */
export async function splitKeys({
  source,
  parts,
  chunkSize,
  signal,
  turn = nextTurn,
  onChunk,
}: SplitKeysOptions): Promise<Uint8Array[]> {
  const writer = new ByteWriter((bytes) => Buffer.allocUnsafeSlow(Math.max(bytes, KEY_BYTES)));
  let samples: Uint8Array[] = [];
  let stride = 1;
  let count = 0;
  for await (const chunk of source({ chunkSize, signal })) {
    await chunk.ready;
    onChunk?.();
    for (let index = 0; index < chunk.length; index++) {
      if (++count % stride !== 0) continue;
      chunk.encodeRow(writer, index);
      samples.push(Uint8Array.from(writer.take()));
      if (samples.length < 2 * parts * SAMPLES_PER_PART) continue;
      samples = samples.filter((_, index) => index % 2 === 1);
      stride *= 2;
    }
    chunk.release?.();
    await turn();
    signal.throwIfAborted();
  }
  return bounds(samples, parts, count / stride);
}

/** The samples nearest to each part's end. The table's last row is no bound: rows after it belong to the last part. */
function bounds(samples: readonly Uint8Array[], parts: number, length: number): Uint8Array[] {
  const places = Array.from({ length: parts - 1 }, (_, part) => Math.round(((part + 1) * length) / parts) - 1);
  return [...new Set(places)]
    .filter((place) => place >= 0 && place < length - 1)
    .map((place) => samples[place] as Uint8Array);
}

/**
 * Encodes the response with the parts of a table: one more than there are bounds. The first has no beginning and the last no end, so that
 * rows that are added before or after all others belong to a part as well.
 *
 * @param bounds Encoded keys.
 */
export function encodePartitions(bounds: readonly Uint8Array[]): Uint8Array {
  const { partition, partitionResponse } = wireNumbers;
  const writer = new BinaryWriter();
  for (let part = 0; part <= bounds.length; part++) {
    writer.tag(partitionResponse.partitions, WireType.bytes).fork();
    const [after, upTo] = [bounds[part - 1], bounds[part]];
    if (after) writer.tag(partition.after, WireType.bytes).bytes(after);
    if (upTo) writer.tag(partition.upTo, WireType.bytes).bytes(upTo);
    writer.join();
  }
  return writer.finish();
}
