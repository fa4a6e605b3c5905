import type { Duplex } from 'node:stream';

/** A parameter of a query: its bytes, in PostgreSQL's text or binary format. */
export interface PgParameter {
  readonly bytes: Buffer;
  readonly isText: boolean;
}

/** A query whose rows are wanted as the bytes that PostgreSQL sends. */
export interface PgQuery {
  readonly text: string;
  readonly values: readonly (PgParameter | null)[];
  /** For each column of the result, whether its values are wanted as text. */
  readonly textColumns: readonly boolean[];
}

/** A column of a result, as PostgreSQL describes it. */
export interface PgColumn {
  readonly name: string;
  readonly dataTypeID: number;
  readonly format: 'text' | 'binary';
}

/** The rows of a result: a message each, within one buffer. Each is whole, and has as many columns as were described. */
export interface PgRows {
  readonly columns: readonly PgColumn[];
  readonly bytes: Buffer;
  /** Where each row begins: with the number of its columns in two bytes, then for each the length in four, and the value. */
  readonly starts: readonly number[];
}

/** The part of a `pg` client that is used here. */
export interface PgRowsClient {
  readonly connection: { readonly stream: Duplex };
  query(query: object): unknown;
}

/**
 * Whether rows can be read from a client as bytes. `pg` hands out no bytes, so that its socket is listened to in its place while a query runs;
 * how the client holds its socket is not part of its documented interface.
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
 * Asks a query and keeps its rows as they come. It is one of `pg`'s own queue, an unnamed statement, so that a pooler may stand between;
 * errors, notices and all else that is no row are `pg`'s to handle.
 *
 * @throws The error of the database, or of the connection.
 */
export function readPgRows(client: PgRowsClient, query: PgQuery): Promise<PgRows> {
  return new Promise((resolve, reject) => {
    client.query(new RowsQuery(query, (error, rows) => (rows ? resolve(rows) : reject(error))));
  });
}

/** Gives the memory of rows back that nobody reads any more. */
export function releasePgRows({ bytes }: PgRows): void {
  if (bytes.length <= MOST_KEPT_BYTES && freeBuffers.length < MOST_FREE_BUFFERS) freeBuffers.push(bytes);
}

/** Fresh memory outside of V8's heap is freed late: buffers are used again. */
const freeBuffers: Buffer[] = [];
const FIRST_BYTES = 256 * 1024;
const MOST_KEPT_BYTES = 4 * 1024 * 1024;
const MOST_FREE_BUFFERS = 8;

type Settle = (error: unknown, rows?: PgRows) => void;

/** A query as `pg` runs it: what it calls is what its own queries, and `pg-cursor`, have. */
class RowsQuery {
  /** `pg` puts its own in front when the client has a query timeout. */
  callback: Settle;
  private readonly query: PgQuery;
  private readonly starts: number[] = [];
  private columns: readonly PgColumn[] | undefined;
  private isComplete = false;
  private bytes = freeBuffers.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
  private length = 0;
  private scanned = 0;
  private failure: unknown;
  private detach = () => {};

  constructor(query: PgQuery, callback: Settle) {
    this.query = query;
    this.callback = callback;
  }

  submit({ stream }: PgRowsClient['connection']): Error | undefined {
    this.listenTo(stream);
    if (stream.writable) stream.write(messagesOf(this.query));
    return undefined;
  }

  handleRowDescription({ fields }: { readonly fields: readonly PgColumn[] }): void {
    if (this.columns) throw new Error('PostgreSQL described the columns twice');
    this.columns = fields;
  }

  /** With how many rows there were, such as `SELECT 500`. */
  handleCommandComplete({ text }: { readonly text: string }): void {
    const [, rows] = /^\w+ (\d+)$/.exec(text) ?? [];
    if (rows !== undefined && Number(rows) !== this.starts.length)
      throw new Error('PostgreSQL sent less rows than it had');
    this.isComplete = true;
  }

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  handleError(error: unknown): void {
    this.failure = error;
    this.callback(error);
  }

  handleReadyForQuery(): void {
    if (this.failure !== undefined) return;
    const { columns, bytes, starts } = this;
    if (columns && this.isComplete) this.callback(undefined, { columns, bytes, starts });
    else this.callback(new Error('PostgreSQL ended an answer that is not whole'));
  }

  /** Takes the place of `pg`'s own listeners until the query is over, and hands on to them all but the rows. */
  private listenTo(stream: Duplex): void {
    const theirs = stream.listeners('data') as ((bytes: Buffer) => void)[];
    const handOn = (bytes: Buffer) => {
      for (const listener of theirs) listener.call(stream, bytes);
    };
    const onData = (bytes: Buffer) => {
      try {
        this.take(bytes, handOn);
      } catch (error) {
        // What comes next cannot be told apart any more.
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

  private take(bytes: Buffer, handOn: (bytes: Buffer) => void): void {
    this.append(bytes);
    while (this.scanned + HEADER_BYTES <= this.length) {
      const at = this.scanned;
      const code = this.bytes[at] as number;
      const size = this.bytes.readInt32BE(at + 1);
      if (size < 4 || !KNOWN_CODES.has(code)) throw new Error('PostgreSQL sent what is no message of its protocol');
      const next = at + 1 + size;
      if (next > this.length) return;
      this.scanned = next;
      if (code === DATA_ROW) {
        this.takeRow(at + HEADER_BYTES, next);
        continue;
      }
      if (code === READY_FOR_QUERY) {
        this.detach();
        // All that came is handed on, should more have come than belongs to this query.
        handOn(Buffer.from(this.bytes.subarray(at, this.length)));
        return;
      }
      handOn(Buffer.from(this.bytes.subarray(at, next)));
    }
  }

  /** A row has as many columns as were described, each within it, and ends with the last. */
  private takeRow(start: number, end: number): void {
    const { bytes, columns, isComplete } = this;
    const count = columns && !isComplete && start + 2 <= end ? bytes.readUInt16BE(start) : -1;
    if (count !== columns?.length) throw brokenRow();
    let at = start + 2;
    for (let column = 0; column < count; column++) {
      const length = at + 4 <= end ? bytes.readInt32BE(at) : end;
      if (length < -1) throw brokenRow();
      at += length < 0 ? 4 : 4 + length;
    }
    if (at !== end) throw brokenRow();
    this.starts.push(start);
  }

  private append(bytes: Buffer): void {
    const needed = this.length + bytes.length;
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    this.bytes.set(bytes, this.length);
    this.length = needed;
  }
}

function brokenRow(): Error {
  return new Error('PostgreSQL sent a row that is not whole');
}

/** A byte that says what a message is, and four that say how long it is, themselves included. */
const HEADER_BYTES = 5;

/** @see https://www.postgresql.org/docs/current/protocol-message-formats.html */
const DATA_ROW = 'D'.charCodeAt(0);
const READY_FOR_QUERY = 'Z'.charCodeAt(0);

/** What may come while a query runs: its answers, errors, notices, notifications, and parameters that change. */
const KNOWN_CODES: ReadonlySet<number> = new Set([...'12CDEINSTAZnst'].map((code) => code.charCodeAt(0)));

/** Parse, Bind, Describe, Execute and Sync, which are answered together. */
function messagesOf({ text, values, textColumns }: PgQuery): Buffer {
  return Buffer.concat([
    message('P', cString(''), cString(text), int16(0)),
    message(
      'B',
      cString(''),
      cString(''),
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
