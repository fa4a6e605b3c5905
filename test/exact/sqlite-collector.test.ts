import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSqlFunctions, sqliteStatements } from '../../src/runtime/database/sqlite.js';
import { collectingStatement } from '../../src/runtime/database/sqlite-collector.js';
import type { ModelField } from '../../src/runtime/encode/model-field.js';

/** BigInt columns need every digit, whatever else SQLite keeps in them. */
const FIELDS: readonly ModelField[] = [
  { name: 'id', number: 1, type: 'BigInt' },
  { name: 'a', number: 2, type: 'BigInt' },
  { name: 'b', number: 3, type: 'BigInt' },
  { name: 'c', number: 4, type: 'BigInt' },
];

const value = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer().map(BigInt),
  fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 0n),
  fc.double({ noNaN: true }),
  fc.constantFrom(2 ** 53, 1e300, -0, 0.5, Number.POSITIVE_INFINITY),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'a\0b', '1', '\ufeff'),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);
const smallValue = fc.oneof(fc.integer().map(BigInt), fc.double({ noNaN: true, max: 1, min: -1 }), fc.string());

describe('rows of SQLite that a function collects', () => {
  const database = new Database(':memory:');
  const driver = database as never;
  beforeAll(() => addSqlFunctions(driver));
  afterAll(() => void database.close());

  /** Columns without a type keep each value as it is; some of the texts are no UTF-8. */
  function fill(rows: readonly (readonly unknown[])[]): void {
    database.exec('DROP TABLE IF EXISTS t; CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)');
    const insert = database.prepare('INSERT INTO t (a, b, c) VALUES (?, ?, ?)');
    database.transaction(() => {
      for (const row of rows) insert.run(row);
    })();
    database.exec("UPDATE t SET c = CAST(X'ff61fe' AS TEXT) WHERE id % 7 = 3");
  }

  it('are the rows that better-sqlite3 returns with every digit, in their order', () => {
    const rows = fc.oneof(
      fc.array(fc.tuple(value, value, value), { maxLength: 120 }),
      fc.array(fc.tuple(smallValue, smallValue, smallValue), { maxLength: 120 }),
    );
    const order = fc.constantFrom('id', 'id DESC', 'a, id', 'b DESC, id', 'c, a DESC, id');
    fc.assert(
      fc.property(rows, order, fc.integer({ min: 64, max: 130 }), (stored, by, take) => {
        fill(stored);
        const text = `SELECT "id", "a", "b", "c" FROM t WHERE id > ? ORDER BY ${by} LIMIT ${take}`;
        const expected = database.prepare(text).raw().safeIntegers().all(1n) as unknown[][];
        const read = sqliteStatements(FIELDS);
        for (const _ of [1, 2]) {
          const found = read(driver, { text, values: [1n], mostRows: take });
          expect(found.map((row) => row.map(withBigInts))).toEqual(expected.map((row) => row.map(withBigInts)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are found by the plan of the query alone', () => {
    fill([]);
    database.exec('CREATE INDEX by_a ON t (a, id); CREATE INDEX by_b ON t (b)');
    const plan = (text: string) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${text}`)
        .all()
        .map((step) => String(Reflect.get(Object(step), 'detail')));
    for (const where of ["a > 'x'", '(a, id) > (1, 2)', 'b = 1', 'b = 1 AND a > 3', 'c = 5 OR b = 2']) {
      for (const by of ['id', 'a, id', 'b, id', 'c, id']) {
        const text = `SELECT "id", "a", "b", "c" FROM t WHERE ${where} ORDER BY ${by} LIMIT 100`;
        const prepared: string[] = [];
        const spied = { prepare: (sql: string) => prepared.push(sql) } as never;
        collectingStatement(spied, { text, mostRows: 100, columns: 4, hasBigInts: false });
        for (const sql of prepared)
          expect(plan(sql), `${where}, ${by}`).toEqual(['CO-ROUTINE found', ...plan(text), 'SCAN found']);
      }
    }
  });

  it('come whole or not at all', () => {
    fill(Array.from({ length: 200 }, (_, index) => [BigInt(index), 'x', 'y']));
    database.function('fail_at', (n: unknown) => {
      if (n === 150) throw new Error('the disk is gone');
      return n;
    });
    const read = sqliteStatements(FIELDS);
    const text = 'SELECT fail_at(id), a, b, c FROM t ORDER BY id LIMIT 1000';
    expect(() => read(driver, { text, values: [], mostRows: 1000 })).toThrow('the disk is gone');
    const rest = read(driver, { text: 'SELECT id, a, b, c FROM t ORDER BY id LIMIT 1000', values: [], mostRows: 1000 });
    expect(rest.length).toBe(200);
  });

  it('cannot be collected by a view or a trigger', () => {
    fill([[1n, 2n, 3n]]);
    database.exec('CREATE VIEW seen AS SELECT grpc_stream_row(id) FROM t');
    expect(() => database.prepare('SELECT * FROM seen').all()).toThrow(/unsafe use/);
  });
});

/** An integer is the same as a number and as a bigint. */
function withBigInts(value: unknown): unknown {
  if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) return BigInt(value);
  return value;
}
