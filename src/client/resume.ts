import { status as Status } from '@grpc/grpc-js';
import { callErrorText } from '../errors/index.js';
import { isStreamReset } from '../runtime/internals/grpc-js.js';
import { backoffMs, sleep } from '../waits/index.js';
import { isDistrust } from './connection-problem.js';
import { retryDelayOf } from './status.js';

/** A break of a stream that will be opened again. */
export interface StreamBreak {
  /** The error that broke it, such as a ServiceError of grpc-js. */
  readonly error: unknown;
  /** Attempts in a row that brought no row, this one included. */
  readonly attempts: number;
  /** When the stream is opened again. */
  readonly retryInMs: number;
}

export interface ResumeOptions {
  /** Cancels the stream, also while it waits to be opened again. */
  readonly signal?: AbortSignal | undefined;
  /** The deadline of the whole stream, over all attempts. Default: none. */
  readonly deadline?: Date | undefined;
  /** The longest time of one attempt; then the stream continues with the next one. Limits how long one server is used. Default: no limit. */
  readonly attemptTimeoutMs?: number | undefined;
  readonly retry?: RetryOptions | undefined;
}

/** How a broken stream is opened again. */
export interface RetryOptions {
  /**
   * The most attempts in a row that bring no row; with 0 the stream is not opened again. Any row resets the count. An attempt first waits for
   * a connection, for the time of one attempt to connect. Default 10, which is about a minute when no server answers.
   */
  readonly maxAttempts?: number;
  /** The approximate milliseconds of the first wait. Waits are random, so that a thousand clients do not come back together. Default 100. */
  readonly initialDelayMs?: number;
  /** The most milliseconds of a wait, unless the server asks for more. Default 10,000. */
  readonly maxDelayMs?: number;
}

export interface ResumedStream<Row> extends ResumeOptions {
  /** Opens the stream after the row that was delivered last; the call ends at the deadline. */
  readonly open: (deadline: Date | undefined) => AsyncIterable<readonly Row[]>;
  /** Waits until there is a connection, or until waiting longer is useless. */
  readonly connected: () => Promise<void>;
  /** Whether all requested rows were delivered: then a break does not matter. */
  readonly isComplete: () => boolean;
  /** Whether another call can continue after the rows that were delivered. */
  readonly mayResume: () => boolean;
  readonly onBreak: (broken: StreamBreak) => void;
}

/**
 * Reads a stream to its end, and opens it again when it breaks for a reason other than the request. It passes on rows as they come, and
 * requests the next ones after those were delivered. So the stream continues from the caller's position; rows that were received but not
 * delivered, which grpc-js drops on a break, are sent again.
 *
 * @throws The error that ended the stream for good, or the signal's reason.
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

/** A stream ends when the server asks for a longer wait. */
const MAX_SERVER_DELAY_MS = 5 * 60_000;

/** Exponential backoff, in addition to the wait that the server asks for; undefined when the stream should end. */
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
 * Whether a stream that ended with this error can be opened again to get the rest: the connection or the server failed, not the request, and
 * the caller did not cancel it.
 */
function isResumable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code: unknown = Reflect.get(error, 'code');
  switch (code) {
    case Status.UNAVAILABLE:
      return !isDistrust(callErrorText(error));
    // The deadline of one attempt; the deadline of the whole stream is checked separately.
    case Status.DEADLINE_EXCEEDED:
    // The caller did not cancel: a server that shuts down resets its streams with this code.
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
