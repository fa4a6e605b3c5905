import { status as Status } from '@grpc/grpc-js';
import { type RetryOptions, retryDelays, waitOrAbort } from './retry-delays.js';
import { retryDelayOf } from './status-details.js';

/** A break in a stream that is about to be opened again. */
export interface StreamBreak {
  /** What broke it, such as a ServiceError of grpc-js. */
  readonly error: unknown;
  /** Attempts in a row that brought no row, this one among them. */
  readonly attempts: number;
  /** When the stream is opened again. */
  readonly retryInMs: number;
}

export interface ResumeOptions {
  /** Cancels the stream, also while it waits to be opened again. */
  readonly signal?: AbortSignal | undefined;
  /** When the whole stream must have ended, however often it was opened. Default: never. */
  readonly deadline?: Date | undefined;
  /** Longest time of one attempt, after which the stream goes on with the next: bounds how long a server is held on to. Default: none. */
  readonly attemptTimeoutMs?: number | undefined;
  readonly retry?: RetryOptions | undefined;
}

export interface ResumedStream<Row> extends ResumeOptions {
  /** Opens the stream behind the row that was delivered last; the call ends at the deadline. */
  readonly open: (deadline: Date | undefined) => AsyncIterable<readonly Row[]>;
  /** Waits until there is a connection to open it over, or until waiting is of no use. */
  readonly connected: () => Promise<void>;
  /** Whether as many rows were delivered as were asked for: then a break takes nothing away. */
  readonly isComplete: () => boolean;
  /** Whether rows of another call go with those that were delivered. */
  readonly mayResume: () => boolean;
  readonly onBreak: (broken: StreamBreak) => void;
}

/**
 * Reads a stream to its end, opening it again whenever it breaks in a way that is not the request's fault. Rows are handed on as they
 * come, and the next are asked for when these have been delivered: so a break finds the place where the caller stands, and what was
 * received but not delivered – grpc-js drops it on a break – comes again.
 *
 * @throws whatever ended the stream for good, or the signal's reason.
 */
export async function* resumeStream<Row>(stream: ResumedStream<Row>): AsyncGenerator<readonly Row[], void, undefined> {
  const delays = retryDelays(stream.retry);
  while (!stream.isComplete()) {
    try {
      for await (const rows of stream.open(attemptDeadline(stream))) {
        delays.reset();
        yield rows;
      }
      return;
    } catch (error) {
      stream.signal?.throwIfAborted();
      if (stream.isComplete()) return;
      const retryInMs = stream.mayResume() && isResumable(error) ? delays.next(error) : undefined;
      if (retryInMs === undefined || isPast(stream.deadline, retryInMs)) throw error;
      stream.onBreak({ error, attempts: delays.attempts, retryInMs });
      await waitOrAbort(retryInMs, stream.signal);
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

/**
 * Whether a stream that ended with this error can be opened again and bring the rest: the connection, the server or the moment was at
 * fault, not the request. Whoever asks has not cancelled it.
 */
export function isResumable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code: unknown = Reflect.get(error, 'code');
  switch (code) {
    case Status.UNAVAILABLE:
    // Of one attempt: whoever asks looks at the deadline of the whole.
    case Status.DEADLINE_EXCEEDED:
    // Not ours: a server that is cut down resets its streams with this code.
    case Status.CANCELLED:
      return true;
    case Status.ABORTED:
    case Status.RESOURCE_EXHAUSTED:
      return retryDelayOf(error) !== undefined || wasReset(error);
    case Status.INTERNAL:
      return wasReset(error);
    default:
      return false;
  }
}

/** A reset stream has no status: grpc-js makes one up, and says so in its text alone. */
function wasReset(error: Error): boolean {
  return /RST_STREAM/.test(error.message) || /Bandwidth exhausted or memory limit exceeded/.test(error.message);
}
