import { PrismaPg } from '@prisma/adapter-pg';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultStreamingSettings } from '../../src/config/index.js';
import { ByteWriter } from '../../src/runtime/encode/byte-writer.js';
import { closeReader, defineModel, type SqlReaderFactory } from '../../src/runtime/index.js';
import { parseRequest } from '../../src/runtime/request/parse-request.js';
import { modelReading } from '../../src/runtime/rows/model-reading.js';
import { waitFor } from '../support/wait-for.js';
import { decodeRow } from './support/decode-row.js';
import {
  BOUND,
  complete,
  dataRow,
  description,
  type FakeColumn,
  type FakePostgres,
  int16,
  int32,
  message,
  PARSED,
  READY,
  startFakePostgres,
} from './support/fake-postgres.js';
import { NO_CLIENT } from './support/served-schema.js';

const MODEL = defineModel({
  name: 'Note',
  delegate: 'note',
  provider: 'postgresql',
  key: ['id'],
  fields: [
    { name: 'id', number: 1, type: 'Int' },
    { name: 'text', number: 2, type: 'String' },
    { name: 'big', number: 3, type: 'BigInt', optional: true },
    { name: 'flag', number: 4, type: 'Boolean' },
    { name: 'at', number: 5, type: 'DateTime', native: 'Timestamptz(6)' },
    { name: 'size', number: 6, type: 'Float' },
    { name: 'numbers', number: 7, type: 'Int', list: true },
    { name: 'exact', number: 8, type: 'Decimal', list: true },
    { name: 'oid', number: 9, type: 'Int', native: 'Oid' },
  ],
});

const COLUMNS: readonly FakeColumn[] = [
  { name: 'id', type: 23, format: 'binary' },
  { name: 'text', type: 25, format: 'text' },
  { name: 'big', type: 20, format: 'binary' },
  { name: 'flag', type: 16, format: 'binary' },
  { name: 'at', type: 1184, format: 'binary' },
  { name: 'size', type: 701, format: 'binary' },
  { name: 'numbers', type: 1007, format: 'binary' },
  { name: 'exact', type: 1231, format: 'binary' },
  { name: 'oid', type: 26, format: 'binary' },
];

const int64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const float8 = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
};
const list = (type: number, elements: readonly Buffer[]) =>
  Buffer.concat([
    int32(1),
    int32(0),
    int32(type),
    int32(elements.length),
    int32(1),
    ...elements.flatMap((each) => [int32(each.length), each]),
  ]);
/** 12345.6789 */
const numeric = Buffer.concat([3, 1, 0, 4, 1, 2345, 6789].map(int16));

type Values = (Buffer | null)[];

const valuesOf = (id: number): Values => [
  int32(id),
  Buffer.from(`note ${id}`),
  id === 2 ? null : int64(2n ** 53n + 1n),
  Buffer.of(1),
  int64(1_000_001n),
  float8(1.5),
  list(23, [int32(7), int32(-1)]),
  list(1700, [numeric]),
  int32(-1),
];

const ROWS = [1, 2, 3].map(valuesOf);

const answerOf = (rows: readonly Buffer[], columns = COLUMNS) =>
  Buffer.concat([PARSED, BOUND, description(columns), ...rows, complete(rows.length), READY]);

const GOOD = answerOf(ROWS.map(dataRow));

/** The answer with the second row changed. */
const withSecond = (change: (values: Values) => Buffer) =>
  answerOf(ROWS.map((values, index) => (index === 1 ? change([...values]) : dataRow(values))));

/** The same row with another value in one column. */
const withValue = (column: number, value: Buffer | null) => withSecond((values) => dataRow(values.with(column, value)));

describe('bytes that PostgreSQL did not send', () => {
  let fake: FakePostgres;
  let adapter: SqlReaderFactory;

  beforeAll(async () => {
    fake = await startFakePostgres();
  });
  beforeEach(() => {
    adapter = new PrismaPg({ connectionString: fake.url, max: 1 });
    fake.closes = false;
  });
  afterEach(() => closeReader(adapter));
  afterAll(() => fake.close());

  /** The rows of one chunk, asked for once. */
  async function read(): Promise<unknown[]> {
    const settings = defaultStreamingSettings;
    const { read: reading } = modelReading(
      MODEL,
      { prisma: { note: NO_DELEGATE, ...NO_CLIENT } as never, adapter },
      { settings },
    );
    const signal = AbortSignal.timeout(10_000);
    const rows: unknown[] = [];
    for await (const chunk of reading(parseRequest({}, MODEL, settings))({ chunkSize: 100, signal, retry: false })) {
      await chunk.ready;
      for (let index = 0; index < chunk.length; index++) {
        const writer = new ByteWriter();
        chunk.encodeRow(writer, index);
        rows.push(Object.fromEntries(decodeRow(writer.take(), MODEL.fields)));
      }
      chunk.release?.();
    }
    return rows;
  }

  const EXPECTED = [1, 2, 3].map((id) => ({
    id,
    text: `note ${id}`,
    ...(id === 2 ? {} : { big: 2n ** 53n + 1n }),
    flag: true,
    at: { seconds: 946_684_801n, nanos: 1000 },
    size: 1.5,
    numbers: [7, -1],
    exact: ['12345.6789'],
    oid: 4_294_967_295,
  }));

  it('are those of rows, when they are, in whatever pieces they come', async () => {
    for (const size of [GOOD.length, 1000, 100, 7, 1]) {
      fake.answer = Array.from({ length: Math.ceil(GOOD.length / size) }, (_, piece) =>
        GOOD.subarray(piece * size, (piece + 1) * size),
      );
      expect(await read()).toEqual(EXPECTED);
    }
    expect(fake.connections).toBe(1);
  });

  /** Answers that are none. */
  const ANSWERS: Readonly<Record<string, Buffer>> = {
    'a row with a column too few': withSecond((values) => dataRow(values.slice(0, -1))),
    'a row with a column too many': withSecond((values) => dataRow([...values, int32(7)])),
    'a row that says less of its columns than it has': withSecond((values) =>
      message('D', int16(8), dataRow(values).subarray(7)),
    ),
    'a row that says more of its columns than it has': withSecond((values) =>
      message('D', int16(10), dataRow(values).subarray(7)),
    ),
    'a row of no columns': withSecond(() => dataRow([])),
    'a row of no bytes': withSecond(() => message('D')),
    'a row that goes on behind its columns': withSecond((values) =>
      message('D', dataRow(values).subarray(5), Buffer.from('more')),
    ),
    'a value longer than its row': withSecond((values) =>
      message('D', int16(9), int32(1000), dataRow(values).subarray(11)),
    ),
    'a value of a length below nothing': withSecond((values) =>
      message('D', int16(9), int32(-2), dataRow(values).subarray(15)),
    ),
  };
  /** Values that are none, in answers that are whole. */
  const VALUES: Readonly<Record<string, Buffer>> = {
    'an integer of three bytes': withValue(0, Buffer.of(0, 0, 2)),
    'an integer of eight bytes for four': withValue(0, int64(2n)),
    'an integer of two bytes for four': withValue(0, int16(2)),
    'an integer of no bytes': withValue(0, Buffer.alloc(0)),
    'a bigint of four bytes': withValue(2, int32(2)),
    'a boolean of no bytes': withValue(3, Buffer.alloc(0)),
    'a boolean that is neither': withValue(3, Buffer.of(7)),
    'a time of four bytes': withValue(4, int32(2)),
    'a double of four bytes': withValue(5, int32(0)),
    'a double of no bytes': withValue(5, Buffer.alloc(0)),
    'an OID of eight bytes': withValue(8, int64(7n)),
    'an OID of two bytes': withValue(8, int16(7)),
    'NULL where there is none': withValue(1, null),
    'a list that ends early': withValue(6, list(23, [int32(7), int32(8)]).subarray(0, -3)),
    'a list that goes on behind its end': withValue(6, Buffer.concat([list(23, [int32(7)]), int32(4), int32(8)])),
    'a list of more elements than it has': withValue(
      6,
      Buffer.concat([int32(1), int32(0), int32(23), int32(1000), int32(1), int32(4), int32(7)]),
    ),
    'a list of fewer elements than nothing': withValue(
      6,
      Buffer.concat([int32(1), int32(0), int32(23), int32(-1), int32(1)]),
    ),
    'a list of nothing that goes on': withValue(6, Buffer.concat([int32(0), int32(0), int32(23), int32(7)])),
    'a list of another type than its elements': withValue(6, list(21, [int32(7)])),
    'a list of no bytes': withValue(6, Buffer.alloc(0)),
    'a decimal of more digits than ten thousand in a group': withValue(
      7,
      list(1700, [Buffer.concat([1, 0, 0, 0, 12_345].map(int16))]),
    ),
    'a decimal with digits below nothing': withValue(7, list(1700, [Buffer.concat([1, 0, 0, 0, -5].map(int16))])),
    'a decimal of more groups than it has': withValue(7, list(1700, [Buffer.concat([3, 0, 0, 0, 5].map(int16))])),
  };
  const DESCRIPTIONS: Readonly<Record<string, Buffer>> = {
    'no description': Buffer.concat([PARSED, BOUND, ...ROWS.map(dataRow), complete(3), READY]),
    'a description of a column too few': answerOf(
      ROWS.map((values) => dataRow(values.slice(0, -1))),
      COLUMNS.slice(0, -1),
    ),
    'a description of a column too many': answerOf(
      ROWS.map((values) => dataRow([...values, null])),
      [...COLUMNS, { name: 'more', type: 23, format: 'binary' }],
    ),
    'a description of other types': answerOf(
      ROWS.map(dataRow),
      COLUMNS.map((column) => ({ ...column, type: 25 })),
    ),
    'a description of other formats': answerOf(
      ROWS.map(dataRow),
      COLUMNS.map((column) => ({ ...column, format: 'text' as const })),
    ),
    'a description in the midst of rows': Buffer.concat([
      PARSED,
      BOUND,
      description(COLUMNS),
      ...ROWS.slice(0, 1).map(dataRow),
      description(COLUMNS.toReversed()),
      ...ROWS.slice(1).map(dataRow),
      complete(3),
      READY,
    ]),
    'an end before all rows': Buffer.concat([
      PARSED,
      BOUND,
      description(COLUMNS),
      ...ROWS.slice(0, 2).map(dataRow),
      complete(3),
      READY,
    ]),
    'an end that does not count the rows': Buffer.concat([
      PARSED,
      BOUND,
      description(COLUMNS),
      ...ROWS.slice(0, 2).map(dataRow),
      message('C', Buffer.from('SELECT\x803\0', 'latin1')),
      READY,
    ]),
    'the end of another statement': Buffer.concat([
      PARSED,
      BOUND,
      description(COLUMNS),
      ...ROWS.map(dataRow),
      message('C', Buffer.from('FETCH 3\0')),
      READY,
    ]),
    'a message of no rows in the midst of rows': Buffer.concat([
      PARSED,
      BOUND,
      description(COLUMNS),
      ...ROWS.slice(0, 2).map(dataRow),
      message('n'),
      complete(2),
      READY,
    ]),
    'no end of the rows': Buffer.concat([PARSED, BOUND, description(COLUMNS), ...ROWS.slice(0, 2).map(dataRow), READY]),
    'rows behind their end': Buffer.concat([
      PARSED,
      BOUND,
      description(COLUMNS),
      ...ROWS.slice(0, 2).map(dataRow),
      complete(2),
      dataRow(valuesOf(3)),
      READY,
    ]),
    'a message of an unknown kind': Buffer.concat([PARSED, BOUND, message('?', int32(0)), GOOD.subarray(10)]),
    'a message shorter than its own length': Buffer.concat([
      PARSED,
      BOUND,
      Buffer.from('D'),
      int32(3),
      GOOD.subarray(10),
    ]),
    'a message of a length below nothing': Buffer.concat([
      PARSED,
      BOUND,
      Buffer.from('D'),
      int32(-7),
      GOOD.subarray(10),
    ]),
    'a notice whose fields have no end': Buffer.concat([PARSED, BOUND, message('N', Buffer.from('SELECT 3\0')), READY]),
    'an error whose fields have no end': Buffer.concat([PARSED, BOUND, message('E', Buffer.from('SERROR\0')), READY]),
    'an error whose last text has no end': Buffer.concat([PARSED, BOUND, message('E', Buffer.from('SERROR')), READY]),
    'an error of no fields and no end': Buffer.concat([PARSED, BOUND, message('E'), READY]),
    'another protocol': Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
  };

  it.each(
    Object.entries({ ...ANSWERS, ...DESCRIPTIONS }),
  )('bring no row, but an error and a new connection: %s', async (_, bytes) => {
    fake.answer = [bytes];
    const before = fake.connections;
    await expect(read()).rejects.toThrow();
    await waitFor('the connection is thrown away', () => fake.open === 0);
    fake.answer = [GOOD];
    expect(await read()).toEqual(EXPECTED);
    expect(fake.connections).toBe(before + 2);
  });

  it.each(Object.entries(VALUES))('bring no row, but an error: %s', async (_, bytes) => {
    fake.answer = [bytes];
    await expect(read()).rejects.toThrow();
    fake.answer = [GOOD];
    expect(await read()).toEqual(EXPECTED);
  });

  it('bring no row that is not there, wherever an answer breaks off', async () => {
    fake.closes = true;
    for (let length = 0; length < GOOD.length; length += 3) {
      fake.answer = [GOOD.subarray(0, length)];
      await expect(read()).rejects.toThrow();
    }
  });

  it('bring no other row than those that are there, whatever is changed of lengths, counts, kinds and types', async () => {
    // What is not a value: a change of it must be noticed, or mean nothing.
    const structure = structureOf();
    // Only its description says what a column is: as another type that has such values, it is another column. All others stay.
    const columnsOf = typePlaces();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...structure), fc.integer({ min: 1, max: 255 })), {
          minLength: 1,
          maxLength: 3,
        }),
        async (changes) => {
          const bytes = Buffer.from(GOOD);
          for (const [at, change] of changes) bytes[at] = (bytes[at] as number) ^ change;
          fake.answer = [bytes];
          fake.closes = true;
          const rows = await read().catch(() => undefined);
          const retyped = changes.flatMap(([at]) => columnsOf.get(at) ?? []);
          const others = (row: unknown) => Object.entries(Object(row)).filter(([name]) => !retyped.includes(name));
          if (rows) expect(rows.map(others)).toEqual(EXPECTED.map(others));
        },
      ),
      { numRuns: 300, endOnFailure: true },
    );
  });
});

const NO_DELEGATE = { findMany: () => Promise.reject(new Error("rows were read through Prisma's client")) };

/** Places of the types in the good answer's description, each with its column. */
function typePlaces(): ReadonlyMap<number, string> {
  const places = new Map<number, string>();
  for (const { name, type } of COLUMNS) {
    const start = GOOD.indexOf(`${name}\0`, PARSED.length + BOUND.length) + name.length + 1 + 6;
    if (GOOD.readInt32BE(start) !== type) throw new Error(`the type of ${name} is not at ${start}`);
    for (let place = start; place < start + 4; place++) places.set(place, name);
  }
  return places;
}

/** Places of all bytes of the good answer that are no value. */
function structureOf(): number[] {
  const places: number[] = [];
  for (let at = 0; at < GOOD.length; ) {
    const end = at + 1 + GOOD.readInt32BE(at + 1);
    const isRow = GOOD[at] === 'D'.charCodeAt(0);
    const header = isRow ? 7 : end - at;
    for (let place = at; place < at + header; place++) places.push(place);
    for (let value = at + header; isRow && value < end; ) {
      for (let place = value; place < value + 4; place++) places.push(place);
      value += 4 + Math.max(0, GOOD.readInt32BE(value));
    }
    at = end;
  }
  return places;
}
