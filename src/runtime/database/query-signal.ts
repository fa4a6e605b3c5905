import { AsyncLocalStorage } from 'node:async_hooks';
import { processWide } from '../process-wide.js';

const signals = processWide('querySignals', AsyncLocalStorage<AbortSignal>);

/**
 * Asks something of Prisma's client, whose queries are cancelled at the database when the signal is aborted: the client takes no signal,
 * and its driver adapter finds it here.
 *
 * For one `findMany`: queries such as `findUnique` are gathered by the client, and those of others would be cancelled with them.
 */
export function cancelledWith<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return signals.run(signal, work);
}

/** What cancels the query that is asked here and now. */
export function querySignal(): AbortSignal | undefined {
  return signals.getStore();
}
