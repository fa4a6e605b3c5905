import type { SqlReader, SqlReaderFactory } from '../../runtime/index.js';

/** A question to the database that costs it nothing. */
export interface DatabaseCheck {
  /** @throws What the driver says when the database does not answer. The signal gives up. */
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/**
 * Asks over a connection of its own: streams may hold all the others, and that is no outage. After a failure the next question
 * connects anew.
 */
export function databaseCheck(adapter: SqlReaderFactory): DatabaseCheck {
  let reader: Promise<SqlReader> | undefined;
  return {
    async check(signal) {
      reader ??= adapter.connect();
      // What hangs would hang the next question as well. Not waited for: it hangs.
      const drop = () => void close();
      signal.addEventListener('abort', drop, { once: true });
      try {
        await (await reader).queryRaw({ sql: 'SELECT 1', args: [], argTypes: [] });
      } catch (error) {
        await close();
        throw error;
      } finally {
        signal.removeEventListener('abort', drop);
      }
    },
    close,
  };

  async function close(): Promise<void> {
    const open = reader;
    reader = undefined;
    // One that never opened, or is broken, has nothing more to say than the question had.
    await open?.then((it) => it.dispose()).catch(() => {});
  }
}
