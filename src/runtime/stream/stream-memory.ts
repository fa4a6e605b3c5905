import type { StreamingSettings } from '../../config/index.js';
import { StreamError } from '../../errors/index.js';
import { type MemoryRoom, memoryRoom } from './memory-room.js';

/** Rows in memory take about this many times the bytes that they take on the wire. */
const ROW_COST = 5;

/**
 * The most bytes on the wire of the chunks of all streams together, which in memory are five times as much, and of the messages that wait
 * for their clients. With longer queues, streams also progress less evenly. Both fit into a container of 1 GB.
 */
const MOST_CHUNK_BYTES = 32 * 1024 * 1024;
const MOST_QUEUED_BYTES = 64 * 1024 * 1024;

/** What a stream takes without its rows: its call, its HTTP/2 stream, its timers and its first block. */
const STREAM_BYTES = 64 * 1024;

/** A client that has taken nothing yet is sent this much; then as much again as it has taken. */
const FIRST_BYTES = 32 * 1024;

/** However much the paused streams hold, the others have this part of the memory. */
const LEAST_FOR_RUNNING = 0.1;

/** A stream may end at any time. */
const RETRY_AFTER_MS = 1000;

export interface JoinOptions {
  readonly settings: Pick<StreamingSettings, 'maxChunkBytes' | 'maxQueuedBytes' | 'readahead'>;
  /** Bytes that the client has taken so far. */
  readonly taken: () => number;
}

/** What a stream holds, in bytes on the wire. */
export interface HeldBytes {
  readonly rows: number;
  readonly queued: number;
}

/** What one stream may use of the memory of all. */
export interface StreamShare {
  /** The most bytes on the wire of the next chunk. */
  readonly chunkBytes: number;
  /** The most bytes of messages that may wait for the client. */
  readonly queueBytes: number;
  /** @throws StreamError RESOURCE_EXHAUSTED when the process has no memory for another stream. */
  assertRoom(): void;
  /** Waits for the client. Meanwhile the stream counts for what it holds, and for no more. */
  paused(held: HeldBytes, wait: () => Promise<void>): Promise<void>;
  /** Called when the stream has ended. */
  leave(): void;
}

/**
 * Divides the memory of a process among its streams: evenly among those that run, without what the others hold, which wait for their clients.
 * One stream may hold large chunks; a thousand must not, and need not: a chunk that hides the database's round trip for one stream is
 * unused memory for a thousand. For a client that takes nothing, little is read at all.
 */
export class StreamMemory {
  private readonly roomOf: () => MemoryRoom;
  private known: MemoryRoom | undefined;
  private running = 0;
  private paused = 0;
  /** The part of the memory that paused streams hold. */
  private heldPart = 0;

  /** @param roomOf Asked once, with the first stream: then the program is loaded. */
  constructor(roomOf: () => MemoryRoom) {
    this.roomOf = roomOf;
  }

  /** Counts a stream. */
  join({ settings, taken }: JoinOptions): StreamShare {
    this.running++;
    const { bytes } = this.room;
    const chunksAtATime = settings.readahead + 1;
    const all = {
      chunks: part(bytes / (2 * ROW_COST), MOST_CHUNK_BYTES, settings.maxChunkBytes * chunksAtATime),
      queues: part(bytes / 2, MOST_QUEUED_BYTES, settings.maxQueuedBytes),
    };
    let isPaused = false;
    const shareOf = (those: number) => {
      const free = Math.max(LEAST_FOR_RUNNING, 1 - this.heldPart);
      return (those * free) / (this.running + Number(isPaused));
    };
    const worthwhile = () => Math.max(FIRST_BYTES, taken());
    const partOf = ({ rows, queued }: HeldBytes) => (rows / all.chunks + queued / all.queues) / 2;
    const memory = this;
    return {
      get chunkBytes() {
        return Math.min(shareOf(all.chunks) / chunksAtATime, worthwhile());
      },
      get queueBytes() {
        return Math.min(shareOf(all.queues), worthwhile());
      },
      assertRoom: () => this.assertRoom(),
      async paused(held, wait) {
        const its = partOf(held);
        memory.move(1, its);
        isPaused = true;
        try {
          await wait();
        } finally {
          isPaused = false;
          memory.move(-1, -its);
        }
      },
      leave: () => void this.running--,
    };
  }

  private get room(): MemoryRoom {
    this.known ??= this.roomOf();
    return this.known;
  }

  private move(streams: number, part: number): void {
    this.running -= streams;
    this.paused += streams;
    this.heldPart = this.paused === 0 ? 0 : this.heldPart + part;
  }

  private assertRoom(): void {
    const { bytes, limit } = this.room;
    const most = Math.max(1, Math.floor(bytes / STREAM_BYTES));
    if (this.running + this.paused <= most) return;
    throw new StreamError('limit.memory', `the server's memory has room for ${most} streams at a time`, {
      status: 'RESOURCE_EXHAUSTED',
      phase: 'request',
      retryAfterMs: RETRY_AFTER_MS,
      nextActions: [`give the server more memory: ${limit} is its limit`],
    });
  }
}

/** At most `usual`, or what one stream may have by its settings, where the room allows that. */
function part(room: number, usual: number, ofOne: number): number {
  return Math.min(room, Math.max(usual, ofOne));
}

/** The memory of this process. */
export const streamMemory = new StreamMemory(memoryRoom);
