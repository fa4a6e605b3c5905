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

/**
 * The rows of a result within one buffer, one protocol message each. Each row is complete, and has as many columns as the database described.
 */
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
 * Runs a query and keeps its rows as they come. The query goes through `pg`'s own queue, as an unnamed statement, so that it works through a
 * pooler. `pg` handles errors, notices and all other messages that are not rows.
 *
 * @throws The error of the database, or of the connection.
 */
export function readPgRows(client: PgRowsClient, query: PgQuery): Promise<PgRows> {
  return new Promise((resolve, reject) => {
    client.query(new RowsQuery(query, (error, rows) => (rows ? resolve(rows) : reject(error))));
  });
}

/** Frees the memory of rows that are no longer read. */
export function releasePgRows({ bytes }: PgRows): void {
  if (bytes.length <= MOST_KEPT_BYTES && freeBuffers.length < MOST_FREE_BUFFERS) freeBuffers.push(bytes);
}

/** Memory outside of V8's heap is freed late: buffers are used again. */
const freeBuffers: Buffer[] = [];
const FIRST_BYTES = 256 * 1024;
const MOST_KEPT_BYTES = 4 * 1024 * 1024;
const MOST_FREE_BUFFERS = 8;

type Settle = (error: unknown, rows?: PgRows) => void;

/** A query for `pg`: it has the methods that `pg` calls on its own queries and on `pg-cursor`. */
class RowsQuery {
  /** `pg` wraps it when the client has a query timeout. */
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
      throw new Error('PostgreSQL sent fewer rows than it counted');
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
        this.take(bytes, handOn);
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

  private take(bytes: Buffer, handOn: (bytes: Buffer) => void): void {
    this.append(bytes);
    while (this.scanned + HEADER_BYTES <= this.length) {
      const at = this.scanned;
      const code = this.bytes[at] as number;
      const size = this.bytes.readInt32BE(at + 1);
      if (size < 4 || !KNOWN_CODES.has(code))
        throw new Error('PostgreSQL sent bytes that are not a message of its protocol');
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
        handOn(Buffer.from(this.bytes.subarray(at, this.length)));
        return;
      }
      handOn(Buffer.from(this.bytes.subarray(at, next)));
    }
  }

  /** A row must have as many columns as were described, each within the row, and must end with the last one. */
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
  return new Error('PostgreSQL sent an incomplete row');
}

/** One byte for the type of a message, and four for its length, which includes the four. */
const HEADER_BYTES = 5;

/** @see https://www.postgresql.org/docs/current/protocol-message-formats.html */
const DATA_ROW = 'D'.charCodeAt(0);
const READY_FOR_QUERY = 'Z'.charCodeAt(0);

/** The messages that may come while a query runs: answers, errors, notices, notifications, and changed parameters. */
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
