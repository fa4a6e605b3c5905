import { assertNever, StreamError } from '../../errors/index.js';

/** How a stream ended. `cancelled` is nobody's fault; the stalls say who stopped moving. */
export type StreamEnd =
  | 'done'
  | 'cancelled'
  | 'deadline'
  | 'consumer-stalled'
  | 'database-stalled'
  | 'shutdown'
  | 'failed';

/** What can stop a stream from outside its own work. */
export type StopCause = Exclude<StreamEnd, 'done' | 'failed'>;

/** The reason that a stream's signal is aborted with. Cancellation is nobody's error, so this is not one of ours. */
export class StreamStopped extends Error {
  override readonly name = 'StreamStopped';
  readonly stop: StopCause;

  constructor(stop: StopCause) {
    super(`stream stopped: ${stop}`);
    this.stop = stop;
  }
}

/** Asking again needs no pause: it was the client that had one. */
const AT_ONCE_MS = 0;

/** A database that stalls wants rest before the same query comes again. */
const DATABASE_REST_MS = 2000;

/** A server behind a balancer is replaced at once, one that stands alone restarts in about a second. */
const RESTART_MS = 1000;

/** What the client is told when its stream was stopped. */
export function stopError(stop: StopCause, yieldTimeout: number): StreamError {
  const resume = ['open the stream again with `after` set to the key of the last row received'];
  switch (stop) {
    case 'cancelled':
      return new StreamError('stream.cancelled', 'the client cancelled', { status: 'CANCELLED', phase: 'request' });
    case 'deadline':
      return new StreamError('stream.deadline', "the client's deadline passed", {
        status: 'DEADLINE_EXCEEDED',
        phase: 'request',
      });
    case 'consumer-stalled':
      return new StreamError('stream.consumer_stalled', `the client took nothing for ${yieldTimeout} s`, {
        status: 'RESOURCE_EXHAUSTED',
        phase: 'write',
        retryAfterMs: AT_ONCE_MS,
        nextActions: resume,
      });
    case 'database-stalled':
      return new StreamError('stream.database_stalled', `the database returned nothing for ${yieldTimeout} s`, {
        status: 'ABORTED',
        phase: 'database',
        retryAfterMs: DATABASE_REST_MS,
        nextActions: resume,
      });
    case 'shutdown':
      return new StreamError('stream.shutdown', 'the server is shutting down', {
        status: 'UNAVAILABLE',
        phase: 'shutdown',
        retryAfterMs: RESTART_MS,
        nextActions: resume,
      });
    default:
      return assertNever(stop);
  }
}
