import type { StreamLogger } from '../logger.js';
import { tellSafely } from './tell-safely.js';

interface Retried {
  readonly model: string;
  readonly method: string;
  readonly logger?: StreamLogger | undefined;
}

/** Tells the log of queries that are asked again: a stream that goes on hides a database that does not. */
export function retryReporter({ model, method, logger }: Retried): (error: unknown) => void {
  return (err) =>
    tellSafely(
      () => logger?.warn({ err, model, method }, 'Database connection lost: reading on from the last row'),
      (failure) => logger?.error({ err: failure }, 'Streaming report failed'),
    );
}
