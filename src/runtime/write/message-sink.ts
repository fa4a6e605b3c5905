import type { ServerWritableStream } from '@grpc/grpc-js';
import { abortable } from '../../waits/index.js';
import { compressed, wantsCompression } from './compression.js';
import { callTransport, http2Transport, type MessageTransport } from './transports.js';

export interface MessageSinkOptions {
  /** The most bytes that may wait for the socket. */
  readonly maxQueuedBytes: number;
  /** Whether a client that compresses its request gets compressed messages. */
  readonly compression: boolean;
  /** Called whenever the client has taken bytes. */
  readonly onTaken: () => void;
  /** Runs the work of passing on a block, and measures it. */
  readonly timeWrite: (write: () => void) => void;
}

/**
 * The most blocks that the transport holds at a time. Two keep the socket busy. More would be joined into one large write, and its end,
 * seconds later for a slow reader, would be the only sign that the client reads.
 */
const BLOCKS_IN_TRANSIT = 2;

/** Passes blocks to the client at its pace. It counts bytes, so that a thousand small rows and one large row cost the same memory. */
export class MessageSink {
  /** Bytes that wait for the client. */
  queuedBytes = 0;
  peakQueuedBytes = 0;
  bytes = 0;
  private readonly transport: MessageTransport;
  private readonly options: MessageSinkOptions;
  private readonly queue: Buffer[] = [];
  private inTransit = 0;
  private wake: (() => void) | undefined;

  constructor(call: ServerWritableStream<unknown, unknown>, options: MessageSinkOptions) {
    this.transport = transportTo(call, options.compression);
    this.options = options;
  }

  /** Whether bytes wait for the client, and could be dropped. */
  get holdsBack(): boolean {
    return this.queuedBytes > 0 && this.transport.canReset;
  }

  /** Bytes that the client has taken. */
  get takenBytes(): number {
    return this.bytes - this.queuedBytes;
  }

  get full(): boolean {
    return this.queuedBytes > this.options.maxQueuedBytes;
  }

  write(block: Buffer): void {
    if (block.length === 0) return;
    this.bytes += block.length;
    this.queuedBytes += block.length;
    this.peakQueuedBytes = Math.max(this.peakQueuedBytes, this.queuedBytes);
    this.queue.push(block);
    this.send();
  }

  /** Waits until half of the room is free again: to fill up after every write would cost a turn of the event loop each time. */
  async drained(signal: AbortSignal): Promise<void> {
    await this.below(this.options.maxQueuedBytes / 2, signal);
  }

  /** Waits until the client has taken everything. */
  async flushed(signal: AbortSignal): Promise<void> {
    await this.below(0, signal);
  }

  /** Resets the stream of a client that does not read: a status would wait for the data before it. */
  reset(code: 'cancel' | 'enhance-your-calm'): boolean {
    return this.transport.reset(code);
  }

  private async below(bytes: number, signal: AbortSignal): Promise<void> {
    while (this.queuedBytes > bytes) {
      const taken = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      await abortable(taken, signal);
    }
  }

  private send(): void {
    while (this.inTransit < BLOCKS_IN_TRANSIT) {
      const block = this.queue.shift();
      if (!block) return;
      this.inTransit++;
      this.options.timeWrite(() => this.transport.write(block, () => this.taken(block.length)));
    }
  }

  private taken(bytes: number): void {
    this.inTransit--;
    this.queuedBytes -= bytes;
    this.options.onTaken();
    this.send();
    this.wake?.();
    this.wake = undefined;
  }
}

function transportTo(call: ServerWritableStream<unknown, unknown>, compression: boolean): MessageTransport {
  const direct = http2Transport(call);
  if (!direct) return callTransport(call);
  return compression && wantsCompression(call) ? compressed(call, direct) : direct;
}
