import { availableParallelism, totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { type SqliteDriver, sqliteDriverOf } from '../internals/better-sqlite3.js';
import {
  beforeDispose,
  inAdapterWords,
  readerOf,
  type SqlReader,
  type SqlReaderFactory,
} from '../internals/driver-adapter.js';
import { causesOf } from './database-failure.js';
import { sqliteDialect } from './sqlite.js';
import { type SqliteThreads, sqliteSnapshotThread, sqliteThreads } from './sqlite-threads.js';
import type { SqlDatabase } from './stored-rows.js';

type Read = ReturnType<SqlDatabase['reader']>;

/**
 * A database of SQLite. Queries that may look at many rows run in threads: in the server's, they would hold up every other stream. Long streams
 * are read there as well, so that one thread reads and encodes their rows while this one sends them.
 *
 * @param own The same over the server's own connection, in the server's thread.
 */
export function sqliteDatabase(connection: SqlReader, driver: SqliteDriver, own: SqlDatabase): SqlDatabase {
  const threads = sqliteThreads(driver);
  if (!threads) return own;
  beforeDispose(connection, () => threads.close());
  const elsewhere = overThreads(connection, threads);
  return {
    ...own,
    reader(fields, how = {}) {
      const here = own.reader(fields);
      if (!how.scans && !(how.encoded && HAS_ROOM)) return here;
      const there = hereWhereItMust(elsewhere.reader(fields, how), here);
      return how.scans ? there : longStream(here, there, threads.isStreaming);
    },
  };
}

/**
 * A read transaction of SQLite, in a thread of its own. Undefined for a database that other threads cannot read.
 *
 * @throws The error of the connection attempt.
 */
export async function sqliteSnapshot(
  factory: SqlReaderFactory,
): Promise<{ readonly client: SqlDatabase; close(): Promise<void> } | undefined> {
  const connection = await readerOf(factory);
  const driver = sqliteDriverOf(connection);
  const thread = driver && sqliteSnapshotThread(driver);
  return thread && { client: overThreads(connection, thread), close: () => thread.close() };
}

function overThreads(connection: SqlReader, threads: SqliteThreads): SqlDatabase {
  return {
    dialect: sqliteDialect,
    connection,
    reader(fields, how = {}) {
      const read = threads.reader(fields, how);
      return (query, signal) => inAdapterWords(connection, signal, () => read(query, signal));
    },
  };
}

/** Reads a stream here at first, and in a thread when it is long: a short one is done sooner than a thread has started. */
function longStream(here: Read, there: Read, isStreaming: () => boolean): Read {
  let rows = 0;
  return (query, signal) => {
    const { mostRows = 0 } = query;
    const isLong = rows >= LONG_STREAM && mostRows >= LONG_QUERY;
    rows += mostRows;
    return isLong && isStreaming() ? there(query, signal) : here(query, signal);
  };
}

/** A shorter stream would end before a thread has started. */
const LONG_STREAM = 10_000;

/** To read so many rows takes longer than to ask a thread for them, which takes some 0.4 ms. */
const LONG_QUERY = 500;

/**
 * Two threads take turns at the chunks of a stream, and need some 35 MB each. On two cores, they made a stream a quarter faster for a client that
 * does little, and no faster for one that keeps a core busy: they are worth their memory where there are cores for all.
 */
const HAS_ROOM =
  availableParallelism() >= 4 &&
  Math.min(constrainedMemory() || Number.POSITIVE_INFINITY, totalmem()) >= 512 * 1024 ** 2;

/**
 * Reads a stream here when a thread's connection cannot read what the server's own can: a file with a key, a temporary table, a function that
 * the application has added.
 */
function hereWhereItMust(there: Read, here: Read): Read {
  let works: Read | undefined;
  return async (query, signal) => {
    if (works) return works(query, signal);
    try {
      const rows = await there(query, signal);
      works = there;
      return rows;
    } catch (error) {
      if (signal.aborted || !isOnlyHere(error)) throw error;
      const rows = await here(query, signal);
      works = here;
      return rows;
    }
  };
}

/** What SQLite reports of a file that cannot be read without its key, and of a table or a function that it does not know. */
function isOnlyHere(error: unknown): boolean {
  return causesOf(error).some(({ code, originalCode }) =>
    ['SQLITE_NOTADB', 'SQLITE_ERROR'].includes(String(originalCode ?? code)),
  );
}
