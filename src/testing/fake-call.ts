import { Writable } from 'node:stream';
import { Metadata, type MetadataValue, type ServerWritableStream, status as Status } from '@grpc/grpc-js';
import { InternalError } from '../errors/index.js';

/** How the client of a fake call behaves. */
export interface FakeCallOptions<Request, Message> {
  /** What the client asked for. */
  readonly request?: Request;
  /** The client cancels once it has taken this many messages. */
  readonly cancelAfter?: number;
  /**
   * What `call.cancelled` returns, one value each time it is read; the last one stays. Unlike `cancelAfter`, it works before any message
   * is written.
   */
  readonly cancelledAnswers?: readonly boolean[];
  /** The client's deadline. Default: none. */
  readonly deadline?: Date;
  /** The client stops reading after this much, until `release()`. */
  readonly holdAfter?: { readonly messages: number } | { readonly bytes: number };
  readonly metadata?: Record<string, MetadataValue>;
  /** Default `test.v1.TestService/Stream`. */
  readonly path?: string;
  /** Decodes messages that were written as bytes, as `serveStream` writes them. Default: they stay bytes. */
  readonly decode?: (bytes: Uint8Array) => Message;
}

/** How a call ended for its client. */
export interface FakeCallStatus {
  readonly code: Status;
  /** Such as `OK`. */
  readonly name: string;
  readonly details: string;
}

/**
 * A server call without a network: give it to a handler, then check what the client got.
 *
 * It behaves as grpc-js does where that matters: it buffers messages, and `write` returns false when the buffer is full; `cancelled`
 * becomes true only when the event loop turns; after a cancellation, neither `drain` nor the callback of a pending message comes.
 */
export interface FakeCall<Request, Message> extends ServerWritableStream<Request, Message> {
  /** Messages that the client took, including those that were under way when it cancelled. */
  readonly messages: readonly Message[];
  /** Messages written that the client has not taken. */
  readonly heldMessages: number;
  /** Undefined until the call has ended. */
  readonly status: FakeCallStatus | undefined;
  /** Resolves with the status when the call has ended. */
  readonly ended: Promise<FakeCallStatus>;
  /** The client goes away. */
  cancel(): void;
  /** The client stops reading. */
  hold(): void;
  /** The client reads on. */
  release(): void;
}

/**
 * Makes a call whose client does what the options say.
 *
 * @example
 * const call = fakeCall({ request: { limit: 0n }, cancelAfter: 1 });
 * for await (const message of streamQuery({
 *   query: iterableSource([{ id: 1 }, { id: 2 }, { id: 3 }]),
 *   toMessage: (row) => row,
 *   call,
 *   cancellationCheckInterval: 1,
 * })) {
 *   call.write(message);
 * }
 * call.messages; // [{ id: 1 }]
 */
export function fakeCall<Request = unknown, Message = unknown>(
  options: FakeCallOptions<Request, Message> = {},
): FakeCall<Request, Message> {
  return new FakeServerCall(options);
}

class FakeServerCall<Request, Message> extends Writable implements FakeCall<Request, Message> {
  readonly messages: Message[] = [];
  readonly request: Request;
  readonly metadata = new Metadata();
  readonly ended: Promise<FakeCallStatus>;
  status: FakeCallStatus | undefined;
  private readonly options: FakeCallOptions<Request, Message>;
  private readonly answers: boolean[];
  private settle: (status: FakeCallStatus) => void = () => {};
  private held = false;
  private takenBytes = 0;
  private waiting: { readonly take: () => void } | undefined;
  private isCancelled = false;
  private pending: FakeCallStatus = statusOf(Status.OK, 'OK');

  constructor(options: FakeCallOptions<Request, Message>) {
    super({ objectMode: true });
    this.options = options;
    this.request = options.request as Request;
    this.answers = [...(options.cancelledAnswers ?? [])];
    for (const [key, value] of Object.entries(options.metadata ?? {})) this.metadata.set(key, value);
    this.ended = new Promise((resolve) => {
      this.settle = resolve;
    });
    this.on('error', (error: Error & { code?: unknown; details?: unknown }) => {
      this.pending = statusOfError(error);
      this.end();
    });
    if (reached(options.holdAfter, 0, 0)) this.hold();
    if (options.cancelAfter === 0) this.cancel();
  }

  get cancelled(): boolean {
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    return answer ?? this.isCancelled;
  }

  get heldMessages(): number {
    return this.writableLength;
  }

  cancel(): void {
    // As on a real connection, it is seen only when the event loop turns.
    setImmediate(() => {
      if (this.isCancelled || this.status) return;
      this.isCancelled = true;
      this.finish(statusOf(Status.CANCELLED, 'cancelled'));
      this.emit('cancelled', 'cancelled');
      this.destroy();
    });
  }

  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    this.takeWaiting();
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, callback: () => void): void {
    this.waiting = {
      take: () => {
        this.take(chunk);
        // A microtask or more passes before grpc-js asks for the next message.
        process.nextTick(callback);
      },
    };
    if (!this.held) this.takeWaiting();
  }

  override _final(callback: () => void): void {
    callback();
    this.finish(this.pending);
    // grpc-js emits this at the end of every call, also of one that succeeded.
    setImmediate(() => {
      if (this.isCancelled) return;
      this.isCancelled = true;
      this.emit('cancelled', 'cancelled');
      this.destroy();
    });
  }

  override end(..._: unknown[]): this {
    return super.end();
  }

  getDeadline(): Date | number {
    return this.options.deadline ?? Number.POSITIVE_INFINITY;
  }

  getPath(): string {
    return `/${this.options.path ?? 'test.v1.TestService/Stream'}`;
  }

  getPeer(): string {
    return 'fake:0';
  }

  getHost(): string {
    return 'localhost';
  }

  getAuthContext(): Record<string, never> {
    return {};
  }

  getMetricsRecorder(): never {
    throw new InternalError('fakeCall has no metrics recorder');
  }

  sendMetadata(): void {}

  private take(chunk: unknown): void {
    const { decode, cancelAfter, holdAfter } = this.options;
    const isBytes = chunk instanceof Uint8Array;
    if (isBytes) this.takenBytes += chunk.length;
    this.messages.push(isBytes && decode ? decode(chunk) : (chunk as Message));
    if (this.messages.length === cancelAfter) this.cancel();
    if (reached(holdAfter, this.messages.length, this.takenBytes)) this.hold();
  }

  private takeWaiting(): void {
    if (this.isCancelled) return;
    const waiting = this.waiting;
    this.waiting = undefined;
    waiting?.take();
  }

  private finish(status: FakeCallStatus): void {
    if (this.status) return;
    this.status = status;
    this.settle(status);
  }
}

/** True only for the message with which the limit is reached. */
function reached(hold: FakeCallOptions<unknown, unknown>['holdAfter'], messages: number, bytes: number): boolean {
  if (!hold) return false;
  return 'messages' in hold ? messages === hold.messages : bytes >= hold.bytes;
}

function statusOf(code: Status, details: string): FakeCallStatus {
  return { code, name: Status[code], details };
}

/** As in grpc-js, an error without a code is UNKNOWN. */
function statusOfError({ code, details, message }: Error & { code?: unknown; details?: unknown }): FakeCallStatus {
  const known = typeof code === 'number' && code in Status ? code : Status.UNKNOWN;
  return statusOf(known, typeof details === 'string' ? details : message);
}
