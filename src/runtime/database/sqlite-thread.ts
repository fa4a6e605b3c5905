/** What a thread of `sqlite-threads.ts` runs: queries over a connection of its own, and the encoding of their rows. */
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { EnvironmentError, InternalError } from '../../errors/index.js';
import { ByteWriter } from '../encode/byte-writer.js';
import type { ModelField } from '../encode/model-field.js';
import { UnreadableValue } from '../encode/unreadable-value.js';
import {
  isReplaced,
  isSqliteDriver,
  type OpenedFile,
  type OpenSqlite,
  type SqliteDriver,
} from '../internals/better-sqlite3.js';
import { arrayRows } from './array-rows.js';
import { REPLACED_FILE } from './database-failure.js';
import { addSqlFunctions, sqliteStatements } from './sqlite.js';
import type { DriverRows } from './sqlite-collector.js';
import type { SqlText, StoredRows } from './stored-rows.js';

/** A database that a thread opens. */
export interface SqliteFile {
  /** The file of better-sqlite3. */
  readonly module: string;
  readonly file: OpenedFile;
  /** Whether all queries see the rows that the first one saw. */
  readonly snapshot: boolean;
  /** Its only number is 1 as soon as the database may be closed. */
  readonly closed: Int32Array;
}

/** A query for a thread. */
export interface SqliteTask {
  readonly id: number;
  readonly database: SqliteFile;
  readonly query: SqlText;
  /** The fields of the rows as JSON: the thread keeps what it makes of them. */
  readonly fields: string;
  /** Whether the rows are sent as they are read, so that they come back encoded. */
  readonly encoded: boolean;
  /** Memory for the encoded rows, which comes back with them. */
  readonly memory: ArrayBuffer | undefined;
  /** Its only number is 1 as soon as nobody waits for the rows. */
  readonly stopped: Int32Array;
}

/** What is known of encoded rows before they are encoded: enough for the next query. */
export interface FoundRows {
  /** Of the task. */
  readonly id: number;
  readonly length: number;
  /** The values of the first row and of the last one. */
  readonly edges: DriverRows;
}

export type SqliteAnswer =
  | { readonly kind: 'values'; readonly rows: DriverRows }
  | ({
      readonly kind: 'encoded';
      readonly memory: ArrayBuffer;
      /** Where each row ends. */
      readonly ends: Uint32Array;
    } & Omit<FoundRows, 'id'>)
  | { readonly kind: 'unreadable'; readonly problem: string }
  | { readonly kind: 'failed'; readonly message: string; readonly code: unknown };

/** Runs a query. An error is an answer: on its way to another thread it would lose its class and its code. */
export default function answer({ id, database, query, fields, encoded, memory, stopped: flag }: SqliteTask): unknown {
  stopped = flag;
  try {
    const { all, rowsOf } = preparedFor(fields);
    const rows = all(connectionTo(database), query);
    const [first, last] = [rows[0], rows.at(-1)];
    if (!encoded || !first || !last) return { kind: 'values', rows };
    const edges = [first, last];
    parentPort?.postMessage({ id, length: rows.length, edges } satisfies FoundRows);
    return encodedRows(rowsOf(rows), edges, memory) ?? { kind: 'values', rows };
  } catch (error) {
    if (error instanceof UnreadableValue) return { kind: 'unreadable', problem: error.problem };
    if (!(error instanceof Error)) throw error;
    return { kind: 'failed', message: error.message, code: Reflect.get(error, 'code') };
  }
}

/** Closes the databases that are no longer needed. */
export function closeDatabases(): void {
  for (const [key, { driver, closed }] of connections) {
    if (Atomics.load(closed, 0) === 0) continue;
    connections.delete(key);
    driver.close();
  }
}

let stopped: Int32Array = new Int32Array(1);

interface Connection {
  readonly driver: SqliteDriver;
  readonly closed: Int32Array;
}

const connections = new Map<string, Connection>();

function connectionTo(database: SqliteFile): SqliteDriver {
  const key = JSON.stringify([database.file, database.snapshot]);
  const known = connections.get(key);
  if (known && Atomics.load(known.closed, 0) === 0) return known.driver;
  closeDatabases();
  const driver = open(database);
  connections.set(key, { driver, closed: database.closed });
  return driver;
}

function open({ module, file, snapshot }: SqliteFile): SqliteDriver {
  const Database: OpenSqlite = createRequire(import.meta.url)(module);
  // The stream waits for a lock, and tries again: a thread that waits would hold up other queries.
  const driver = new Database(file.path, { readonly: true, fileMustExist: true, timeout: 0 });
  if (!isSqliteDriver(driver)) throw new InternalError(`${module} is not a better-sqlite3 that grpc-stream knows`);
  if (isReplaced(file)) {
    driver.close();
    throw new EnvironmentError(REPLACED_FILE, `${file.path} is not the file that the server opened`);
  }
  addSqlFunctions(driver, () => Atomics.load(stopped, 0) === 1);
  if (snapshot) driver.exec('BEGIN');
  return driver;
}

interface Prepared {
  readonly all: ReturnType<typeof sqliteStatements>;
  readonly rowsOf: (rows: DriverRows) => StoredRows;
}

const prepared = new Map<string, Prepared>();

/** Streams with other read masks have other fields. */
const MOST_PREPARED = 100;

function preparedFor(json: string): Prepared {
  const known = prepared.get(json);
  if (known) return known;
  const [oldest] = prepared.keys();
  if (oldest !== undefined && prepared.size === MOST_PREPARED) prepared.delete(oldest);
  const fields: readonly ModelField[] = JSON.parse(json);
  const made = { all: sqliteStatements(fields), rowsOf: arrayRows(fields) };
  prepared.set(json, made);
  return made;
}

/** Undefined for rows of which one cannot be sent: whoever sends them needs its values. */
function encodedRows(stored: StoredRows, edges: DriverRows, given: ArrayBuffer | undefined): unknown {
  const memoryFor = (bytes: number) =>
    given && given.byteLength >= bytes ? given : new ArrayBuffer(Math.max(bytes, FIRST_BYTES));
  const writer = new ByteWriter((bytes) => Buffer.from(memoryFor(bytes)));
  const ends = new Uint32Array(stored.length);
  try {
    for (let index = 0; index < stored.length; index++) {
      stored.encodeRow(writer, index);
      ends[index] = writer.position;
    }
  } catch (error) {
    if (error instanceof UnreadableValue) return undefined;
    throw error;
  }
  const memory = writer.takeMemory();
  const encoded: SqliteAnswer = { kind: 'encoded', memory, ends, length: stored.length, edges };
  return move({ [transferableSymbol]: [memory], [valueSymbol]: encoded });
}

/** Enough for 1,000 rows of 100 bytes. */
const FIRST_BYTES = 128 * 1024;
