import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { freeNow } from './free-now.js';
import { isStatementGone, type PgStatement, PgStatements } from './pg-statements.js';

/** A parameter of a query: its bytes, in PostgreSQL's text or binary format. */
export interface PgParameter {
  readonly bytes: Buffer;
  readonly isText: boolean;
}

/** A query whose rows are wanted as the bytes that PostgreSQL sends. */
export interface PgQuery {
  /** A `SELECT`. */
  readonly text: string;
  readonly values: readonly (PgParameter | null)[];
  /** For each column of the result, whether its values are wanted as text. */
  readonly textColumns: readonly boolean[];
  /** Whether the database may keep the query's plan for later ones with other values. Default false. */
  readonly keepsPlan?: boolean | undefined;
}

/** A column of a result, as PostgreSQL describes it. */
export interface PgColumn {
  readonly name: string;
  readonly dataTypeID: number;
  readonly format: 'text' | 'binary';
}

/**
 * The rows of a result within one buffer, one protocol message each. Each row is complete, and has as many columns as the database described.
 *
 * A class, like {@link RowMemory}: V8 gives objects that are copied with `...` several shapes, and code that reads many rows gets slow by it.
 */
export class PgRows {
  readonly bytes: Buffer;
  /** The same bytes, for the numbers in them. */
  readonly view: DataView;
  /** Where each row begins: with the number of its columns in two bytes, then for each the length in four, and the value. */
  readonly starts: Int32Array;
  readonly columns: readonly PgColumn[];
  /** How many rows there are. */
  readonly length: number;
  /** What the database sent for the rows. */
  readonly size: number;

  constructor(memory: RowMemory, { columns, length, size }: Pick<PgRows, 'columns' | 'length' | 'size'>) {
    this.bytes = memory.bytes;
    this.view = memory.view;
    this.starts = memory.starts;
    this.columns = columns;
    this.length = length;
    this.size = size;
  }
}

/** What the rows of a result are kept in. */
class RowMemory {
  bytes: Buffer;
  view: DataView;
  starts: Int32Array;

  constructor(bytes: Buffer, starts: Int32Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.starts = starts;
  }

  /** Keeps the first bytes. */
  grow(size: number, kept: number): void {
    const grown = Buffer.allocUnsafeSlow(size);
    this.bytes.copy(grown, 0, 0, kept);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  growStarts(): void {
    const grown = new Int32Array(this.starts.length * 2);
    grown.set(this.starts);
    this.starts = grown;
  }
}

/** The part of a `pg` client that is used here. */
export interface PgRowsClient {
  readonly connection: { readonly stream: Duplex };
  /** The number of the session, as whoever accepted the connection told it. */
  readonly processID?: number | null | undefined;
  query(query: object): unknown;
}

/**
 * Whether rows can be read from a client as bytes. `pg` does not return bytes, so this file listens to its socket while a query runs. `pg`
 * does not document where the client keeps its socket.
 */
export function canReadPgRows(client: object): client is PgRowsClient {
  const stream: unknown = Reflect.get(Object(Reflect.get(client, 'connection')), 'stream');
  return (
    stream instanceof Object &&
    ['on', 'off', 'listeners', 'write'].every((name) => typeof Reflect.get(stream, name) === 'function') &&
    Reflect.get(client, 'pipeline') !== true
  );
}

/**
 * Runs a query and keeps its rows as they come. The query goes through `pg`'s own queue. `pg` handles errors, notices and all other messages
 * that are not rows.
 *
 * Through a pooler, the query is an unnamed statement: the next one may run in another session, which knows no statement of this one.
 *
 * @throws The error of the database, or of the connection.
 */
export async function readPgRows(client: PgRowsClient, query: PgQuery): Promise<PgRows> {
  const statements = PgStatements.of(client);
  if (!query.keepsPlan || !statements.comesAgain(query.text)) return run(client, query);
  statements.isDirect ??= await isDirect(client);
  if (!statements.isDirect) return run(client, query);
  const statement = statements.use(query.text);
  try {
    const rows = await run(client, query, statement);
    if (statement.isNew) statements.defined(query.text, statement);
    return rows;
  } catch (error) {
    if (!isStatementGone(error)) throw error;
    statements.forget();
    return run(client, query);
  }
}

function run(client: PgRowsClient, query: PgQuery, statement?: PgStatement): Promise<PgRows> {
  return new Promise((resolve, reject) => {
    client.query(new RowsQuery({ query, statement }, (error, rows) => (rows ? resolve(rows) : reject(error))));
  });
}

/** A pooler gives its clients numbers of its own. A database that only speaks PostgreSQL's protocol may have no such function. */
async function isDirect(client: PgRowsClient): Promise<boolean> {
  try {
    const rows = await run(client, { text: 'SELECT pg_backend_pid()', values: [], textColumns: [false] });
    const isOwn = rows.length === 1 && isInt32(rows, client.processID);
    releasePgRows(rows);
    return isOwn;
  } catch (error) {
    if (Reflect.get(Object(error), 'severity') === 'ERROR') return false;
    throw error;
  }
}

/** Whether the only value of the first row is this number, in binary format. */
function isInt32({ view, starts: [start = 0] }: PgRows, number: unknown): boolean {
  return view.getInt32(start + 2) === 4 && view.getInt32(start + 6) === number;
}

/** Frees the memory of rows that are no longer read. */
export function releasePgRows({ bytes, starts }: PgRows): void {
  if (bytes.length <= MOST_KEPT_BYTES && free.length < MOST_FREE) free.push(new RowMemory(bytes, starts));
}

/** Memory outside of V8's heap is freed late: it is used again. */
const free: RowMemory[] = [];
const FIRST_BYTES = 256 * 1024;
const FIRST_ROWS = 1024;
const MOST_KEPT_BYTES = 4 * 1024 * 1024;
const MOST_FREE = 8;

function newMemory(): RowMemory {
  return new RowMemory(Buffer.allocUnsafeSlow(FIRST_BYTES), new Int32Array(FIRST_ROWS));
}

interface NamedQuery {
  readonly query: PgQuery;
  /** Undefined for an unnamed one. */
  readonly statement: PgStatement | undefined;
}

type Settle = (error: unknown, rows?: PgRows) => void;

/** A query for `pg`: it has the methods that `pg` calls on its own queries and on `pg-cursor`. */
class RowsQuery {
  /** `pg` wraps it when the client has a query timeout. */
  callback: Settle;
  private readonly messages: Buffer;
  private columns: readonly PgColumn[] | undefined;
  private isComplete = false;
  private readonly memory = free.pop() ?? newMemory();
  private rows = 0;
  private rowBytes = 0;
  private length = 0;
  private scanned = 0;
  private failure: unknown;
  private detach = () => {};

  constructor({ query, statement }: NamedQuery, callback: Settle) {
    this.messages = messagesOf(query, statement);
    this.callback = callback;
  }

  submit({ stream }: PgRowsClient['connection']): Error | undefined {
    this.listenTo(stream);
    if (stream.writable) stream.write(this.messages);
    return undefined;
  }

  handleRowDescription({ fields }: { readonly fields: readonly PgColumn[] }): void {
    if (this.columns) throw new Error('PostgreSQL described the columns twice');
    this.columns = fields;
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    if (text !== `SELECT ${this.rows}`) throw new Error('PostgreSQL did not send as many rows as it counted');
    this.isComplete = true;
  }

  handleError(error: unknown): void {
    this.failure = error;
    this.callback(error);
  }

  handleReadyForQuery(): void {
    if (this.failure !== undefined) return;
    const { columns, rows: length } = this;
    if (columns && this.isComplete)
      this.callback(undefined, new PgRows(this.memory, { columns, length, size: this.rowBytes }));
    else this.callback(new Error('PostgreSQL ended an incomplete answer'));
  }

  /** Replaces `pg`'s own listeners until the query is over, and passes them everything except the rows. */
  private listenTo(stream: Duplex): void {
    const theirs = stream.listeners('data') as ((bytes: Buffer) => void)[];
    const handOn = (bytes: Buffer) => {
      for (const listener of theirs) listener.call(stream, bytes);
    };
    const onData = (bytes: Buffer) => {
      try {
        this.append(bytes);
        // Node makes new memory for all that it reads from a socket; what another stream emits may be in use elsewhere.
        if (stream instanceof Socket) freeNow(bytes);
        this.take(handOn);
      } catch (error) {
        // The messages after this one cannot be found any more.
        stream.destroy(error instanceof Error ? error : undefined);
      }
    };
    stream.on('data', onData);
    for (const listener of theirs) stream.off('data', listener);
    this.detach = () => {
      for (const listener of theirs) stream.on('data', listener);
      stream.off('data', onData);
    };
  }

  private take(handOn: (bytes: Buffer) => void): void {
    const { memory } = this;
    while (this.scanned + HEADER_BYTES <= this.length) {
      const at = this.scanned;
      const code = memory.view.getUint8(at);
      const size = memory.view.getInt32(at + 1);
      if (size < 4 || !KNOWN_CODES.has(code)) throw notAMessage();
      const next = at + 1 + size;
      if (next > this.length) return;
      this.scanned = next;
      if (code === DATA_ROW) {
        this.takeRow(at + HEADER_BYTES, next);
        continue;
      }
      if (code === READY_FOR_QUERY) {
        this.detach();
        // Passes on everything that came, in case it includes bytes of the next query.
        handOn(Buffer.from(memory.bytes.subarray(at, this.length)));
        return;
      }
      if (HAS_FIELDS.has(code) && !endsItsFields(memory.bytes, at + HEADER_BYTES, next)) throw notAMessage();
      handOn(Buffer.from(memory.bytes.subarray(at, next)));
    }
  }

  /** A row must have as many columns as were described, each within the row, and must end with the last one. */
  private takeRow(start: number, end: number): void {
    const { columns, isComplete, memory } = this;
    const { view } = memory;
    const count = columns && !isComplete && start + 2 <= end ? view.getUint16(start) : -1;
    if (count !== columns?.length) throw brokenRow();
    let at = start + 2;
    for (let column = 0; column < count; column++) {
      const length = at + 4 <= end ? view.getInt32(at) : end;
      if (length < -1) throw brokenRow();
      at += length < 0 ? 4 : 4 + length;
    }
    if (at !== end) throw brokenRow();
    if (this.rows === memory.starts.length) memory.growStarts();
    memory.starts[this.rows++] = start;
    this.rowBytes += end - start;
  }

  private append(bytes: Buffer): void {
    const { memory, length } = this;
    const needed = length + bytes.length;
    if (needed > memory.bytes.length) memory.grow(Math.max(needed, memory.bytes.length * 2), length);
    memory.bytes.set(bytes, length);
    this.length = needed;
  }
}

/** Whether the fields of a message, a type and a text each, end with a type of zero: `pg` would read on for ever, and hold the whole process. */
function endsItsFields(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at < end && bytes[at] !== 0) {
    const textEnd = bytes.indexOf(0, at + 1);
    at = textEnd < 0 ? end : textEnd + 1;
  }
  return at < end;
}

function notAMessage(): Error {
  return new Error('PostgreSQL sent bytes that are not a message of its protocol');
}

function brokenRow(): Error {
  return new Error('PostgreSQL sent an incomplete row');
}

/** One byte for the type of a message, and four for its length, which includes the four. */
const HEADER_BYTES = 5;

/** @see https://www.postgresql.org/docs/current/protocol-message-formats.html */
const DATA_ROW = 'D'.charCodeAt(0);
const READY_FOR_QUERY = 'Z'.charCodeAt(0);

/** Errors and notices. */
const HAS_FIELDS: ReadonlySet<number> = new Set([...'EN'].map((code) => code.charCodeAt(0)));

/** The messages that may come while rows are selected: answers, errors, notices, notifications, and changed parameters. */
const KNOWN_CODES: ReadonlySet<number> = new Set([...'123CDENSTAZ'].map((code) => code.charCodeAt(0)));

/** Close, Parse, Bind, Describe, Execute and Sync, which are answered together. */
function messagesOf({ text, values, textColumns }: PgQuery, statement: PgStatement = UNNAMED): Buffer {
  const name = cString(statement.name);
  return Buffer.concat([
    ...(statement.dropped === undefined ? [] : [message('C', Buffer.from('S'), cString(statement.dropped))]),
    ...(statement.isNew ? [message('P', name, cString(text), int16(0))] : []),
    message(
      'B',
      cString(''),
      name,
      int16(values.length),
      ...values.map((value) => formatCode(value?.isText ?? true)),
      int16(values.length),
      ...values.flatMap((value) => (value ? [int32(value.bytes.length), value.bytes] : [int32(-1)])),
      int16(textColumns.length),
      ...textColumns.map(formatCode),
    ),
    message('D', Buffer.from('P'), cString('')),
    message('E', cString(''), int32(0)),
    message('S'),
  ]);
}

const UNNAMED: PgStatement = { name: '', isNew: true };

function message(code: string, ...parts: readonly Buffer[]): Buffer {
  const size = parts.reduce((bytes, part) => bytes + part.length, 4);
  return Buffer.concat([Buffer.from(code), int32(size), ...parts]);
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

function formatCode(isText: boolean): Buffer {
  return int16(isText ? 0 : 1);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
