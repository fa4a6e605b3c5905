import { queryUntil } from '../../runtime/database/cancel-queries.js';
import { databaseFailureOf } from '../../runtime/database/database-failure.js';
import type { SqlReader, SqlReaderFactory, StreamService } from '../../runtime/index.js';
import { standFor } from '../../runtime/internals/driver-pools.js';

/** A look at the database that costs it next to nothing. */
export interface DatabaseCheck {
  /**
   * @returns The services that it lacks something for, such as a table, and what it says of that.
   * @throws What the driver says when the database does not answer. The signal gives up, and cancels what hangs at the database.
   */
  check(signal: AbortSignal): Promise<UnreadableServices>;
  close(): Promise<void>;
}

/** Services by name, and what the database said when it was asked for what they read. */
export type UnreadableServices = ReadonlyMap<string, unknown>;

/**
 * Asks over a connection of its own: streams may hold all the others, and that is no outage. After a failure the next question
 * connects anew. What a service reads is asked for until it is there, and again on every new connection.
 */
export function databaseCheck(adapter: SqlReaderFactory, services: readonly StreamService[] = []): DatabaseCheck {
  const open = new Set<Promise<SqlReader>>();
  let current: Connection | undefined;
  return {
    async check(signal) {
      current ??= connect();
      const { reader, unasked } = current;
      // What hangs would hang the next question as well.
      const drop = () => {
        if (current?.reader === reader) current = undefined;
      };
      signal.addEventListener('abort', drop, { once: true });
      try {
        return await unreadable(await reader, unasked, signal);
      } catch (error) {
        drop();
        await end(reader);
        throw error;
      } finally {
        signal.removeEventListener('abort', drop);
      }
    },
    async close() {
      current = undefined;
      await Promise.all([...open].map(end));
    },
  };

  function connect(): Connection {
    const reader = adapter.connect();
    open.add(reader);
    return { reader, unasked: new Set(services) };
  }

  /** One that never opened, or is broken, has nothing more to say than the question had. */
  async function end(reader: Promise<SqlReader>): Promise<void> {
    open.delete(reader);
    await reader.then((it) => it.dispose()).catch(() => {});
  }
}

interface Connection {
  readonly reader: Promise<SqlReader>;
  /** What is not known to be there. */
  readonly unasked: Set<StreamService>;
}

async function unreadable(
  reader: SqlReader,
  unasked: Set<StreamService>,
  signal: AbortSignal,
): Promise<UnreadableServices> {
  await reader.queryRaw({ sql: 'SELECT 1', args: [], argTypes: [] });
  // A table that is locked would otherwise have ever more questions wait for it.
  const cancelling = standFor(reader, { queryRaw: (query) => queryUntil(signal, reader, query) });
  const problems = new Map<string, unknown>();
  for (const service of unasked) {
    const problem = await problemOf(service, cancelling);
    if (problem === undefined) unasked.delete(service);
    else problems.set(service.name, problem);
  }
  return problems;
}

/** @throws What was no answer. What is neither is not for health to judge: streams will tell. */
async function problemOf({ assertReadable }: StreamService, reader: SqlReader): Promise<unknown> {
  try {
    await assertReadable?.(reader);
  } catch (error) {
    const failure = databaseFailureOf(error);
    if (failure === 'unready') return error;
    if (failure !== undefined) throw error;
  }
  return undefined;
}
