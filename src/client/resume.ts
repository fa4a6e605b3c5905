import { status as Status } from '@grpc/grpc-js';
import { isStreamReset } from '../runtime/internals/grpc-js.js';
import { backoffMs, sleep } from '../waits/index.js';
import { retryDelayOf } from './status.js';

/** A break in a stream that is about to be opened again. */
export interface StreamBreak {
  /** What broke it, such as a ServiceError of grpc-js. */
  readonly error: unknown;
  /** Attempts in a row that brought no row, this one included. */
  readonly attempts: number;
  /** When the stream is opened again. */
  readonly retryInMs: number;
}

export interface ResumeOptions {
  /** Cancels the stream, also while it waits to be opened again. */
  readonly signal?: AbortSignal | undefined;
  /** When the whole stream must have ended, however often it was opened. Default: never. */
  readonly deadline?: Date | undefined;
  /** Longest time of one attempt, after which the stream goes on with the next: limits how long one server is used. Default: none. */
  readonly attemptTimeoutMs?: number | undefined;
  readonly retry?: RetryOptions | undefined;
}

/** How often a broken stream is opened again. */
export interface RetryOptions {
  /**
   * Most attempts in a row that bring no row; 0 never opens again. Any row starts the count anew. An attempt first waits for a connection,
   * for as long as a try takes. Default 10, which is about a minute where nobody answers.
   */
  readonly maxAttempts?: number;
  /** About how many milliseconds the first wait lasts; each is random, so that a thousand clients do not come back as one. Default 100. */
  readonly initialDelayMs?: number;
  /** Most milliseconds that a wait lasts, unless the server asks for more. Default 10,000. */
  readonly maxDelayMs?: number;
}

export interface ResumedStream<Row> extends ResumeOptions {
  /** Opens the stream after the row that was delivered last; the call ends at the deadline. */
  readonly open: (deadline: Date | undefined) => AsyncIterable<readonly Row[]>;
  /** Waits until there is a connection to open it over, or until waiting is of no use. */
  readonly connected: () => Promise<void>;
  /** Whether as many rows were delivered as were asked for: then a break does no harm. */
  readonly isComplete: () => boolean;
  /** Whether the rows of another call continue those that were delivered. */
  readonly mayResume: () => boolean;
  readonly onBreak: (broken: StreamBreak) => void;
}

/**
 * Reads a stream to its end, and opens it again whenever it breaks through no fault of the request. Rows are handed on as they come, and
 * the next ones are asked for when those were delivered. So a break finds the position at which the caller is; rows that were received
 * but not delivered, which grpc-js drops on a break, are sent again.
 *
 * @throws What ended the stream for good, or the signal's reason.
 */
export async function* resumeStream<Row>(stream: ResumedStream<Row>): AsyncGenerator<readonly Row[], void, undefined> {
  let attempts = 0;
  while (!stream.isComplete()) {
    try {
      for await (const rows of stream.open(attemptDeadline(stream))) {
        attempts = 0;
        yield rows;
      }
      return;
    } catch (error) {
      stream.signal?.throwIfAborted();
      if (stream.isComplete()) return;
      attempts++;
      const retryInMs =
        stream.mayResume() && isResumable(error) ? retryDelay(error, attempts, stream.retry) : undefined;
      if (retryInMs === undefined || isPast(stream.deadline, retryInMs)) throw error;
      stream.onBreak({ error, attempts, retryInMs });
      await sleep(retryInMs, { signal: stream.signal });
      await stream.connected();
    }
  }
}

function attemptDeadline({ deadline, attemptTimeoutMs }: ResumeOptions): Date | undefined {
  if (attemptTimeoutMs === undefined) return deadline;
  const attempt = Date.now() + attemptTimeoutMs;
  return new Date(Math.min(attempt, deadline?.getTime() ?? attempt));
}

function isPast(deadline: Date | undefined, inMs: number): boolean {
  return deadline !== undefined && Date.now() + inMs >= deadline.getTime();
}

/** A stream does not wait for a server that asks for more than this. */
const MAX_SERVER_DELAY_MS = 5 * 60_000;

/** Exponential backoff, in addition to what the server asks for; undefined when it is time to give up. */
function retryDelay(
  error: unknown,
  attempts: number,
  { maxAttempts = 10, initialDelayMs: firstMs = 100, maxDelayMs: longestMs = 10_000 }: RetryOptions = {},
): number | undefined {
  const askedMs = retryDelayOf(error) ?? 0;
  if (attempts > maxAttempts || askedMs > MAX_SERVER_DELAY_MS) return undefined;
  return askedMs + backoffMs(attempts, { firstMs, longestMs, jitter: true });
}

/**
 * Whether a stream that ended with this error can be opened again and bring the rest: the connection, the server or the moment was at
 * fault, not the request. The caller has not cancelled it.
 */
function isResumable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code: unknown = Reflect.get(error, 'code');
  switch (code) {
    case Status.UNAVAILABLE:
    // The deadline of one attempt; the deadline of the whole stream is checked separately.
    case Status.DEADLINE_EXCEEDED:
    // Not cancelled by the caller: a server that is shut down resets its streams with this code.
    case Status.CANCELLED:
      return true;
    case Status.ABORTED:
    case Status.RESOURCE_EXHAUSTED:
      return retryDelayOf(error) !== undefined || isStreamReset(error);
    case Status.INTERNAL:
      return isStreamReset(error);
    default:
      return false;
  }
}
