import { Duplex } from 'node:stream';
import { Client, Pool, type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  canReadPgRows,
  type PgQuery,
  type PgRows,
  type PgRowsClient,
  readPgRows,
} from '../../../src/runtime/internals/pg-rows.js';
import { type PostgresServer, startPostgres } from '../../support/postgres.js';
import { waitFor } from '../../support/wait-for.js';

const text = (value: string) => ({ bytes: Buffer.from(value), isText: true });

const NUMBERS: PgQuery = {
  text: "SELECT n, 'row ' || n, CASE WHEN n > 1 THEN n END FROM generate_series(1, $1::int) AS n",
  values: [text('3')],
  textColumns: [false, true, true],
};

describe('the installed pg', () => {
  let postgres: PostgresServer;
  let pool: Pool;
  let client: PoolClient & PgRowsClient;

  beforeAll(async () => {
    postgres = await startPostgres();
    pool = new Pool({ connectionString: postgres.url, max: 1 });
  });
  beforeEach(async () => {
    const connected = await pool.connect();
    if (!canReadPgRows(connected)) throw new Error('the client has no socket in its place');
    client = Object.assign(connected);
  });
  afterEach(async () => {
    // The pool does not wait for a client that it throws away. One that is still there when the database stops has an error.
    client.release(true);
    await waitFor('the connection is closed', () => client.connection.stream.closed);
  });
  afterAll(async () => {
    await pool.end();
    await postgres.stop();
  });

  it('runs a query that writes to the socket itself, and the rows are the bytes that come back', async () => {
    const rows = await readPgRows(client, NUMBERS);
    expect(rows.columns.map(({ dataTypeID, format }) => [dataTypeID, format])).toEqual([
      [23, 'binary'],
      [25, 'text'],
      [23, 'text'],
    ]);
    expect(valuesOf(rows).map((values) => values.map((value) => value?.toString('hex')))).toEqual([
      ['00000001', hex('row 1'), undefined],
      ['00000002', hex('row 2'), hex('2')],
      ['00000003', hex('row 3'), hex('3')],
    ]);
  });

  it('takes the query in its queue, between its own', async () => {
    const [before, rows, after] = await Promise.all([
      client.query('SELECT 1 AS n'),
      readPgRows(client, NUMBERS),
      client.query('SELECT $1::int AS n', [2]),
    ]);
    expect([before.rows, rows.length, after.rows]).toEqual([[{ n: 1 }], 3, [{ n: 2 }]]);
  });

  it('has its own listeners on the socket again after the query, and after one that failed', async () => {
    const { stream } = client.connection;
    const listeners = stream.listeners('data');
    expect(listeners).not.toEqual([]);
    await readPgRows(client, NUMBERS);
    expect(stream.listeners('data')).toEqual(listeners);
    await expect(readPgRows(client, { ...NUMBERS, values: [text('none')] })).rejects.toThrow();
    // The error may come before the database is ready for the next query.
    await client.query('SELECT 1');
    expect(stream.listeners('data')).toEqual(listeners);
  });

  it('reports an error of the database with its code, and goes on', async () => {
    const failing = readPgRows(client, { text: 'SELECT 1 / 0', values: [], textColumns: [true] });
    await expect(failing).rejects.toMatchObject({ code: '22012', message: 'division by zero' });
    expect((await client.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  });

  it('handles notices and notifications that come between the rows', async () => {
    const heard: unknown[] = [];
    client.on('notice', ({ message }) => heard.push(message));
    client.on('notification', ({ channel, payload }) => heard.push([channel, payload]));
    await client.query(`
      LISTEN news;
      CREATE FUNCTION pg_temp.tell(n int) RETURNS int LANGUAGE plpgsql AS
        $$ BEGIN RAISE NOTICE 'row %', n; PERFORM pg_notify('news', n::text); RETURN n; END $$`);
    const telling = { text: 'SELECT pg_temp.tell(n) FROM generate_series(1, 2) AS n', values: [], textColumns: [true] };
    expect((await readPgRows(client, telling)).length).toBe(2);
    await client.query('SELECT 1');
    expect(heard).toEqual(expect.arrayContaining(['row 1', 'row 2', ['news', '1'], ['news', '2']]));
  });

  it('frees what it has copied at once, and nothing else that came over the socket', async () => {
    const { stream } = client.connection;
    const came: Buffer[] = [];
    const push = stream.push.bind(stream);
    stream.push = (bytes: Buffer) => {
      came.push(bytes);
      return push(bytes);
    };
    const many = { text: "SELECT repeat('x', 100) FROM generate_series(1, 5000)", values: [], textColumns: [true] };
    const rows = await readPgRows(client, many);
    expect(valuesOf(rows).every(([value]) => value?.equals(Buffer.alloc(100, 'x')))).toBe(true);
    expect(came.length).toBeGreaterThan(1);
    expect(came.map(({ length }) => length).filter((length) => length > 0)).toEqual([]);
    came.length = 0;
    await client.query('SELECT 1');
    expect(came.length).toBeGreaterThan(0);
    expect(came.map(({ length }) => length).filter((length) => length === 0)).toEqual([]);
  });

  describe('keeps the plan of a query that comes again', () => {
    const kept = async () => (await client.query('SELECT name FROM pg_prepared_statements')).rows.length;
    const up = (from: string): PgQuery => ({ ...NUMBERS, values: [text(from)], keepsPlan: true });
    const readTimes = async (times: number, query = up('2')) => {
      for (let time = 0; time < times; time++) expect((await readPgRows(client, query)).length).toBe(2);
    };

    it('from its second time on, and answers each with its own values', async () => {
      await readTimes(1);
      expect(await kept()).toBe(0);
      await readTimes(2);
      expect(await kept()).toBe(1);
      for (const rows of [3, 0, 5, 1, 4, 7, 2]) expect((await readPgRows(client, up(`${rows}`))).length).toBe(rows);
      expect(await kept()).toBe(1);
    });

    it('only where its plan is the same for all values', async () => {
      await readTimes(4, { ...up('2'), keepsPlan: false });
      expect(await kept()).toBe(0);
    });

    it('not through a pooler, in whose next session nobody knows the statement', async () => {
      Object.assign(client, { processID: (client.processID ?? 0) + 1 });
      await readTimes(4);
      expect(await kept()).toBe(0);
    });

    it.each([
      ['int', 'RAISE undefined_function;'],
      ['SETOF int', 'RETURN;'],
      ['SETOF int', 'RETURN QUERY VALUES (pg_catalog.pg_backend_pid()), (pg_catalog.pg_backend_pid());'],
      ['int', 'RETURN NULL;'],
      ['smallint', 'RETURN 1;'],
    ])('not of a database that cannot tell its session (%s: %s)', async (type, body) => {
      await client.query(`DROP SCHEMA IF EXISTS another CASCADE; CREATE SCHEMA another;
        CREATE FUNCTION another.pg_backend_pid() RETURNS ${type} LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
        SET search_path = another, pg_catalog`);
      await readTimes(4);
      expect(await kept()).toBe(0);
    });

    it('and answers without it once it is gone', async () => {
      await readTimes(3);
      await client.query('DISCARD ALL');
      await readTimes(2);
      await readTimes(3);
      expect(await kept()).toBe(1);
    });

    it('and answers with the columns that its table has now', async () => {
      await client.query('CREATE TEMP TABLE counted (n int); INSERT INTO counted VALUES (7)');
      const query: PgQuery = { text: 'SELECT n FROM counted', values: [], textColumns: [true], keepsPlan: true };
      for (let time = 0; time < 3; time++) await readPgRows(client, query);
      await client.query("ALTER TABLE counted ALTER n TYPE text USING 'now ' || n");
      const rows = await readPgRows(client, query);
      expect([rows.columns[0]?.dataTypeID, valuesOf(rows)]).toEqual([25, [[Buffer.from('now 7')]]]);
    });

    it('of no more than sixteen, those that came last', async () => {
      const numbered = (n: number): PgQuery => ({ ...up('2'), text: `${NUMBERS.text} -- ${n}` });
      for (let n = 0; n < 20; n++) await readTimes(3, numbered(n));
      const { rows } = await client.query('SELECT statement FROM pg_prepared_statements');
      const numbers = rows.map(({ statement }) => Number(String(statement).split('-- ')[1]));
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, index) => index + 4));
    });

    it('not of one that fails', async () => {
      const failing: PgQuery = { text: 'SELECT 1 / 0', values: [], textColumns: [true], keepsPlan: true };
      for (let time = 0; time < 3; time++)
        await expect(readPgRows(client, failing)).rejects.toMatchObject({ code: '22012' });
      await readTimes(3);
    });
  });

  it('ends the query with the connection', async () => {
    const sleeping = readPgRows(client, { text: 'SELECT pg_sleep(600)', values: [], textColumns: [true] });
    const failure = expect(sleeping).rejects.toThrow(/terminat/i);
    client.on('error', () => {});
    await terminated(postgres.url, 'SELECT pg_sleep(600)');
    await failure;
  });
});

it('leaves the bytes of a stream that is no socket to those who made them', async () => {
  const stream = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
  const answers = (query: RowsQueryOfPg) => {
    query.submit({ stream });
    query.handleRowDescription({ fields: [{ name: 'text', dataTypeID: 25, format: 'text' }] });
    stream.emit('data', row);
    query.handleCommandComplete({ text: 'SELECT 1' });
    query.handleReadyForQuery();
  };
  const row = Buffer.allocUnsafeSlow(14);
  // A message of one row, with one column of three bytes.
  row.write('440000000d0001000000036f6e65', 'hex');
  const client = { connection: { stream }, query: (query: object) => answers(Object.assign(query)) };
  const rows = await readPgRows(client, { text: '', values: [], textColumns: [true] });
  expect([valuesOf(rows), row.length]).toEqual([[[Buffer.from('one')]], 14]);
});

/** The methods that `pg` calls on a query. */
interface RowsQueryOfPg {
  submit(connection: { stream: Duplex }): unknown;
  handleRowDescription(description: { fields: readonly object[] }): void;
  handleCommandComplete(message: { text: string }): void;
  handleReadyForQuery(): void;
}

describe('a client that is not as expected', () => {
  const stream = { on() {}, off() {}, listeners() {}, write() {} };

  it('is not read from', () => {
    expect(canReadPgRows({ connection: { stream } })).toBe(true);
    for (const other of [{}, { connection: {} }, { connection: { stream: { ...stream, listeners: undefined } } }]) {
      expect(canReadPgRows(other)).toBe(false);
    }
  });

  it('is not read from in pipeline mode, in which other queries answer on the same socket', () => {
    expect(canReadPgRows({ connection: { stream }, pipeline: true })).toBe(false);
  });
});

/** The values of each row: bytes, or nothing for NULL. */
function valuesOf({ bytes, starts, length }: PgRows): (Buffer | undefined)[][] {
  return Array.from(starts.subarray(0, length), (start) => {
    let at = start + 2;
    return Array.from({ length: bytes.readInt16BE(start) }, () => {
      const length = bytes.readInt32BE(at);
      at += 4 + Math.max(length, 0);
      return length < 0 ? undefined : Buffer.from(bytes.subarray(at - length, at));
    });
  });
}

function hex(value: string): string {
  return Buffer.from(value).toString('hex');
}

/** Ends the connection that runs a query, as soon as the database runs it. */
async function terminated(url: string, query: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const running = "FROM pg_stat_activity WHERE state = 'active' AND query = $1";
  while ((await client.query(`SELECT pg_terminate_backend(pid) ${running}`, [query])).rowCount === 0) {}
  await client.end();
}
