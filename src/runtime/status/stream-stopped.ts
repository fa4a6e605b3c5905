import { assertNever, StreamError } from '../../errors/index.js';

/** How a stream ended. `cancelled` is not an error; a stall names the side that stopped. */
export type StreamEnd =
  | 'done'
  | 'cancelled'
  | 'deadline'
  | 'consumer-stalled'
  | 'database-stalled'
  | 'shutdown'
  | 'failed';

/** The ends that come from outside of the stream's own work. */
export type StopCause = Exclude<StreamEnd, 'done' | 'failed'>;

/** The reason with which a stream's signal is aborted. Cancellation is not an error, so this is not a `GrpcStreamError`. */
export class StreamStopped extends Error {
  override readonly name = 'StreamStopped';
  readonly stop: StopCause;

  constructor(stop: StopCause) {
    super(`stream stopped: ${stop}`);
    this.stop = stop;
  }
}

/** The client paused; it may try again at once. */
const AT_ONCE_MS = 0;

/** A database that stalls needs a pause before the same query comes again. */
const DATABASE_REST_MS = 2000;

/** A load balancer replaces a server at once; a single server restarts in about a second. */
const RESTART_MS = 1000;

/** The error that the client gets when its stream was stopped. */
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
