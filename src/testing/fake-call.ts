import { Writable } from 'node:stream';
import { Metadata, type MetadataValue, type ServerWritableStream, status as Status } from '@grpc/grpc-js';
import { InternalError } from '../errors/index.js';

/** What the client is like that the fake call stands for. */
export interface FakeCallOptions<Request, Message> {
  /** What the client asked for. */
  readonly request?: Request;
  /** The client cancels once it has taken this many messages. */
  readonly cancelAfter?: number;
  /**
   * What `call.cancelled` answers, look by look, as a mock's scripted results; the last answer stays. Unlike `cancelAfter` this
   * needs no message to be written.
   */
  readonly cancelledAnswers?: readonly boolean[];
  /** When the client's time is up. Default: never. */
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
 * A server call without a network: hand it to a handler, then look at what the client got.
 *
 * It behaves as grpc-js does where that matters: it buffers messages and asks for patience when full; `cancelled` turns true only
 * when the event loop turns; and after a cancellation neither `drain` nor the callback of a message under way ever comes.
 */
export interface FakeCall<Request, Message> extends ServerWritableStream<Request, Message> {
  /** Messages that the client took; those too that were under way when it cancelled. */
  readonly messages: readonly Message[];
  /** Messages written that the client has not taken. */
  readonly heldMessages: number;
  /** Undefined until the call has ended. */
  readonly status: FakeCallStatus | undefined;
  /** Settles when the call has ended, with its status. */
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
    // As on the wire: nobody learns of it before the event loop turns.
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
    // grpc-js announces the end of every call in this way, also of one that succeeded.
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

/** Each script of holding acts once: at the very message with which its measure is reached. */
function reached(hold: FakeCallOptions<unknown, unknown>['holdAfter'], messages: number, bytes: number): boolean {
  if (!hold) return false;
  return 'messages' in hold ? messages === hold.messages : bytes >= hold.bytes;
}

function statusOf(code: Status, details: string): FakeCallStatus {
  return { code, name: Status[code], details };
}

/** As grpc-js does it: an error without a code is UNKNOWN. */
function statusOfError({ code, details, message }: Error & { code?: unknown; details?: unknown }): FakeCallStatus {
  const known = typeof code === 'number' && code in Status ? code : Status.UNKNOWN;
  return statusOf(known, typeof details === 'string' ? details : message);
}
