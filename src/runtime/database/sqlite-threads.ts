import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { assertNever, InternalError } from '../../errors/index.js';
import type { ByteWriter } from '../encode/byte-writer.js';
import type { ModelField } from '../encode/model-field.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import { openedFileOf, type SqliteDriver, sqliteModuleOf } from '../internals/better-sqlite3.js';
import { arrayRows } from './array-rows.js';
import { cancelledOn } from './cancel-queries.js';
import { takeLockTimeout, waitingForWriters } from './sqlite.js';
import type { SqliteAnswer, SqliteFile, SqliteTask } from './sqlite-thread.js';
import type { HowToRead, SqlText, StoredRows } from './stored-rows.js';

/**
 * Reads a SQLite file in other threads. A query of better-sqlite3 holds the thread that runs it: one that looks at many rows before it finds
 * enough of them would hold up every other stream, health checks and deadlines as well.
 */
export interface SqliteThreads {
  /** Prepares to read rows of some fields. Called once for each stream. A query ends when the signal is aborted. */
  reader(fields: readonly ModelField[], how: HowToRead): (query: SqlText, signal: AbortSignal) => Promise<StoredRows>;
  close(): Promise<void>;
}

/**
 * Reads a database in threads that all databases of the process share. They start with the first query, and end when they have had nothing
 * to do for a while.
 *
 * @returns undefined for a database that only its own connection can read: one in memory, or of a better-sqlite3 that was bundled.
 */
export function sqliteThreads(driver: SqliteDriver): SqliteThreads | undefined {
  const database = sqliteFileOf(driver, false);
  if (!database) return undefined;
  const threads = () => (shared ??= startThreads({ minThreads: 0, maxThreads: MOST_THREADS }));
  return {
    reader: threadReader(threads, database, takeLockTimeout(driver)),
    // A thread closes the file before it opens another one, and when it ends.
    close: async () => void Atomics.store(database.closed, 0, 1),
  };
}

/** Reads a database in one thread, in which every query sees the rows that the first one saw. */
export function sqliteSnapshotThread(driver: SqliteDriver): SqliteThreads | undefined {
  const database = sqliteFileOf(driver, true);
  if (!database) return undefined;
  const started = takeResting() ?? startThreads({ minThreads: 1, maxThreads: 1 });
  return {
    reader: threadReader(() => started, database, takeLockTimeout(driver)),
    async close() {
      const thread = await started;
      Atomics.store(database.closed, 0, 1);
      await thread.run(undefined, { name: 'closeDatabases' });
      if (resting) await thread.destroy();
      else resting = { thread: started, timer: setTimeout(endResting, IDLE_MS).unref() };
    },
  };
}

type Threads = Piscina<SqliteTask | undefined, SqliteAnswer>;

let shared: Promise<Threads> | undefined;

/** A thread without a snapshot: the next one does not wait for a thread to start. */
let resting: { readonly thread: Promise<Threads>; readonly timer: NodeJS.Timeout } | undefined;

function takeResting(): Promise<Threads> | undefined {
  const taken = resting;
  resting = undefined;
  clearTimeout(taken?.timer);
  return taken?.thread;
}

async function endResting(): Promise<void> {
  await (await takeResting())?.destroy();
}

/** Loads piscina as well: a server that never needs a thread starts without it. */
async function startThreads(count: { readonly minThreads: number; readonly maxThreads: number }): Promise<Threads> {
  const { Piscina } = await import('piscina');
  const execArgv = extname(THREAD) === '.ts' ? ['--import', 'tsx'] : [];
  return new Piscina({
    ...{ filename: THREAD, execArgv, ...count },
    ...{ idleTimeout: IDLE_MS, niceIncrement: NICE, recordTiming: false },
  });
}

function sqliteFileOf(driver: SqliteDriver, snapshot: boolean): SqliteFile | undefined {
  const module = sqliteModuleOf(driver);
  const file = openedFileOf(driver);
  return file && module && existsSync(THREAD) ? { module, file, snapshot, closed: sharedFlag() } : undefined;
}

/** A number that all threads see. */
function sharedFlag(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

function threadReader(threads: () => Promise<Threads>, database: SqliteFile, waitMs: number): SqliteThreads['reader'] {
  return (fields, { encoded = false }) => {
    const rowsOf = arrayRows(fields);
    const json = JSON.stringify(fields);
    const stopped = sharedFlag();
    const stop = async () => void Atomics.store(stopped, 0, 1);
    const ask = async (query: SqlText) => {
      const pool = await threads();
      const memory = encoded ? spare.pop() : undefined;
      const task: SqliteTask = { database, query, fields: json, encoded, memory, stopped };
      return pool.run(task, memory ? { transferList: [memory] } : {});
    };
    return async (query, signal) => {
      const read = async () => succeeded(await cancelledOn(signal, stop, () => ask(query)));
      const answer = await waitingForWriters(read, { signal, waitMs });
      return answer.kind === 'values' ? rowsOf(answer.rows) : new EncodedRows(answer, rowsOf(answer.edges));
    };
  };
}

/** Memory of chunks that were sent, for the next ones. */
const spare: ArrayBuffer[] = [];

function giveMemory(memory: ArrayBuffer): void {
  if (spare.length < MOST_SPARE && memory.byteLength <= MOST_SPARE_BYTES) spare.push(memory);
}

const MOST_SPARE = 8;

/** Beside this file: the same file compiled, or its source. */
const THREAD = fileURLToPath(new URL(`./sqlite-thread${extname(import.meta.url)}`, import.meta.url));

/** With fewer than two, a query would wait for every other one; more than four are no faster on one file. */
const MOST_THREADS = Math.min(4, Math.max(2, availableParallelism()));

/** A stream asks for its next chunk within milliseconds; a thread costs some megabytes. */
const IDLE_MS = 60_000;

/** Where the cores are all busy, the server's own thread comes first: health, deadlines and streams that read little. */
const NICE = 10;

/** Chunks of large rows take more; their memory is not kept. */
const MOST_SPARE_BYTES = 1024 * 1024;

type Encoded = Extract<SqliteAnswer, { readonly kind: 'encoded' }>;
type Values = Extract<SqliteAnswer, { readonly kind: 'values' }>;

/** @throws The error of the thread, made again from its parts. */
function succeeded(answer: SqliteAnswer): Encoded | Values {
  switch (answer.kind) {
    case 'values':
    case 'encoded':
      return answer;
    case 'unreadable':
      throw new UnreadableValue(answer.problem);
    case 'failed':
      throw Object.assign(new Error(answer.message), { code: answer.code });
    default:
      return assertNever(answer);
  }
}

/** Rows that a thread has encoded. Of the first and the last, the values are known as well: a stream goes on from them. */
class EncodedRows implements StoredRows {
  readonly length: number;
  private readonly bytes: Buffer;
  private readonly ends: Uint32Array;
  private readonly skipped: number;
  private readonly edges: StoredRows;
  private readonly encoded: Encoded;

  constructor(encoded: Encoded, edges: StoredRows, skipped = 0) {
    this.encoded = encoded;
    this.bytes = Buffer.from(encoded.memory);
    this.ends = encoded.ends;
    this.edges = edges;
    this.skipped = skipped;
    this.length = encoded.ends.length - skipped;
  }

  encodeRow(writer: ByteWriter, index: number): void {
    const row = index + this.skipped;
    const start = row === 0 ? 0 : (this.ends[row - 1] as number);
    writer.rawPart(this.bytes, start, (this.ends[row] as number) - start);
  }

  storedValue(row: number, column: number): unknown {
    return this.edges.storedValue(this.edge(row), column);
  }

  clientValue(row: number, column: number): unknown {
    return this.edges.clientValue(this.edge(row), column);
  }

  withoutFirst(): StoredRows {
    return new EncodedRows(this.encoded, this.edges, this.skipped + 1);
  }

  release(): void {
    giveMemory(this.encoded.memory);
  }

  private edge(row: number): number {
    if (row === this.length - 1) return 1;
    if (row + this.skipped === 0) return 0;
    throw new InternalError(`row ${row} of a chunk is encoded, and its values are gone`);
  }
}
