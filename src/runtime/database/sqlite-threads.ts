import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { assertNever, InternalError } from '../../errors/index.js';
import type { ByteWriter, SourceBytes } from '../encode/byte-writer.js';
import type { ModelField } from '../encode/model-field.js';
import type { OnUnreadable } from '../encode/row-encoder.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import { openedFileOf, type SqliteDriver, sqliteModuleOf } from '../internals/better-sqlite3.js';
import { arrayRows } from './array-rows.js';
import { cancelledOn } from './cancel-queries.js';
import { takeLockTimeout, waitingForWriters } from './sqlite.js';
import type { DriverRows } from './sqlite-collector.js';
import type { FoundRows, SqliteAnswer, SqliteFile, SqliteTask } from './sqlite-thread.js';
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

/** Threads that wait for queries of all databases. */
export interface SharedThreads extends SqliteThreads {
  /** Whether a thread for long streams has started. Starts one otherwise, for who asks again later. */
  readonly isStreaming: () => boolean;
}

/**
 * Reads a database in threads that all databases of the process share. They start with the first query, and end when they have had nothing
 * to do for a while.
 *
 * @returns undefined for a database that only its own connection can read: one in memory, or of a better-sqlite3 that was bundled.
 */
export function sqliteThreads(driver: SqliteDriver): SharedThreads | undefined {
  const database = sqliteFileOf(driver, false);
  if (!database) return undefined;
  const waitMs = takeLockTimeout(driver);
  return {
    isStreaming: streaming.isRunning,
    reader(fields, how) {
      const { threads } = how.scans ? searching : streaming;
      return threadReader(threads, database, waitMs)(fields, how);
    },
    // A thread closes the file before it opens another one, and when it ends.
    close: async () => void Atomics.store(database.closed, 0, 1),
  };
}

/** Reads a database in one thread, in which every query sees the rows that the first one saw. */
export function sqliteSnapshotThread(driver: SqliteDriver): SqliteThreads | undefined {
  const database = sqliteFileOf(driver, true);
  if (!database) return undefined;
  const started = takeResting() ?? startThreads({ niceIncrement: 10, minThreads: 1, maxThreads: 1 });
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

/**
 * Queries that look at many rows give way where the cores are all busy: the server's own thread comes first, with health, deadlines and streams
 * that read little. What a stream waits for does not: beside two busy programs, it would be a quarter as fast.
 */
const searching = threadPool({ niceIncrement: 10 });
const streaming = threadPool({ niceIncrement: 0 });

/** Threads that are started when they are first needed. */
function threadPool(options: Omit<ThreadOptions, 'minThreads' | 'maxThreads'>) {
  let started: Promise<Threads> | undefined;
  let warm: Threads | undefined;
  let isStarting = false;
  const threads = () => (started ??= startThreads({ ...options, minThreads: 0, maxThreads: MOST_THREADS }));
  const start = async () => {
    isStarting = true;
    try {
      const pool = await threads();
      await pool.run(undefined, { name: 'closeDatabases' });
      warm = pool;
    } catch {
      // A query that needs a thread reports that none can start; others do without.
    } finally {
      isStarting = false;
    }
  };
  return {
    threads,
    isRunning(): boolean {
      if (warm && warm.threads.length > 0) return true;
      if (!isStarting) void start();
      return false;
    },
  };
}

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

interface ThreadOptions {
  readonly minThreads: number;
  readonly maxThreads: number;
  /** Linux only: how far the threads give way to others. */
  readonly niceIncrement: number;
}

/** Loads piscina as well: a server that never needs a thread starts without it. */
async function startThreads(options: ThreadOptions): Promise<Threads> {
  const { Piscina } = await import('piscina');
  const execArgv = extname(THREAD) === '.ts' ? ['--import', 'tsx'] : [];
  const threads: Threads = new Piscina({
    ...{ filename: THREAD, execArgv, ...options },
    ...{ idleTimeout: IDLE_MS, recordTiming: false },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  return threads.on('message', (found: FoundRows) => finding.get(found.id)?.(found));
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
    const ask = async (query: SqlText): Promise<StoredRows> => {
      const pool = await threads();
      const memory = encoded ? spare.pop() : undefined;
      const id = ++lastTask;
      const task: SqliteTask = { id, database, query, fields: json, encoded, memory, stopped };
      const found = new Promise<FoundRows>((resolve) => finding.set(id, resolve));
      const answer = pool.run(task, memory ? { transferList: [memory] } : {}).then(succeeded);
      const first = await Promise.race([found, answer]).finally(() => finding.delete(id));
      return 'rows' in first ? rowsOf(first.rows) : new ThreadRows(first, { rowsOf, answer });
    };
    return (query, signal) => {
      const read = () => cancelledOn(signal, stop, () => ask(query));
      return waitingForWriters(read, { signal, waitMs });
    };
  };
}

let lastTask = 0;

/** By the tasks that have not ended: who hears which rows were found. */
const finding = new Map<number, (found: FoundRows) => void>();

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

/** Rows live as long as it takes to encode them: with V8's own limit, a thread takes 25 MB more, and is no faster. */
const YOUNG_MB = 8;

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

/** Rows that a thread has found. Of the first and the last, it sends the values at once, so that a stream can go on from them; of the others none. */
class ThreadRows implements StoredRows {
  readonly ready: Promise<void>;
  private encoded: EncodedRows | undefined;
  /** All values, where a row cannot be encoded. */
  private values: StoredRows | undefined;
  private readonly found: Pick<FoundRows, 'length'>;
  private readonly edges: StoredRows;

  constructor(found: Pick<FoundRows, 'length' | 'edges'>, { rowsOf, answer }: Encoding) {
    this.found = found;
    this.edges = rowsOf(found.edges);
    this.ready = answer.then((rows) => {
      if (rows.kind === 'encoded') this.encoded = new EncodedRows(rows);
      else this.values = rowsOf(rows.rows);
    });
    // It may be that nobody waits for them, since the stream has ended.
    this.ready.catch(() => {});
  }

  get length(): number {
    return this.found.length;
  }

  encodeRow(writer: ByteWriter, index: number, onUnreadable?: OnUnreadable): void {
    const rows = this.encoded ?? this.values;
    if (!rows) throw new InternalError('rows are written before a thread has encoded them');
    rows.encodeRow(writer, index, onUnreadable);
  }

  storedValue(row: number, column: number): unknown {
    return this.values ? this.values.storedValue(row, column) : this.edges.storedValue(this.edge(row), column);
  }

  clientValue(row: number, column: number): unknown {
    return this.values ? this.values.clientValue(row, column) : this.edges.clientValue(this.edge(row), column);
  }

  withoutFirst(): StoredRows {
    return new LaterRows(this);
  }

  release(): void {
    this.encoded?.release();
  }

  private edge(row: number): number {
    if (row === this.length - 1) return 1;
    if (row === 0) return 0;
    throw new InternalError(`row ${row} of a chunk is encoded, and its values are gone`);
  }
}

interface Encoding {
  readonly rowsOf: (rows: DriverRows) => StoredRows;
  readonly answer: Promise<Encoded | Values>;
}

/** Rows without the first. */
class LaterRows implements StoredRows {
  readonly length: number;
  readonly ready: Promise<void> | undefined;
  private readonly rows: StoredRows;

  constructor(rows: StoredRows) {
    this.rows = rows;
    this.length = rows.length - 1;
    this.ready = rows.ready;
  }

  encodeRow(writer: ByteWriter, index: number, onUnreadable?: OnUnreadable): void {
    this.rows.encodeRow(writer, index + 1, onUnreadable);
  }

  storedValue(row: number, column: number): unknown {
    return this.rows.storedValue(row + 1, column);
  }

  clientValue(row: number, column: number): unknown {
    return this.rows.clientValue(row + 1, column);
  }

  withoutFirst(): StoredRows {
    return new LaterRows(this);
  }

  release(): void {
    this.rows.release?.();
  }
}

/** Rows as a thread has encoded them. */
class EncodedRows implements SourceBytes {
  readonly bytes: Buffer;
  readonly view: DataView;
  private readonly ends: Uint32Array;

  constructor({ memory, ends }: Encoded) {
    this.bytes = Buffer.from(memory);
    this.view = new DataView(memory);
    this.ends = ends;
  }

  encodeRow(writer: ByteWriter, row: number): void {
    const start = row === 0 ? 0 : (this.ends[row - 1] as number);
    writer.rawPart(this, start, (this.ends[row] as number) - start);
  }

  release(): void {
    giveMemory(this.bytes.buffer as ArrayBuffer);
  }
}
