import { fromBinary, toJson } from '@bufbuild/protobuf';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import { Decimal } from '@prisma/client/runtime/client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/runtime/encode/byte-writer.js';
import { chunkOf } from '../../src/runtime/encode/chunk.js';
import { frameBatches, frameRows } from '../../src/runtime/encode/frame-messages.js';
import { encodeJsonValue } from '../../src/runtime/encode/json-value.js';
import { rowEncoder } from '../../src/runtime/encode/row-encoder.js';
import type { StreamedModel } from '../../src/runtime/index.js';
import {
  anyJson,
  asReceived,
  EVERYTHING_SCHEMA,
  everythingRow,
  messageOfRow,
  type Values,
} from '../support/everything.js';
import { unframe } from '../support/frames.js';
import { type GeneratedCode, generateCode } from '../support/generated-code.js';

interface Codec {
  encode(message: Values): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Values;
}

let code: GeneratedCode;
let model: StreamedModel;
let Everything: Codec;
let Batch: Codec;

beforeAll(async () => {
  code = await generateCode(EVERYTHING_SCHEMA, 'fixture');
  model = await code.load<StreamedModel>('everything.stream.ts', 'everythingModel');
  Everything = await code.load<Codec>('fixture/v1/everything.ts', 'Everything');
  Batch = await code.load<Codec>('fixture/v1/everything.ts', 'StreamEverythingBatchesResponse');
});
afterAll(() => code.remove());

function encode(row: Values, capacity = 64 * 1024): Buffer {
  const writer = new ByteWriter((bytes) => Buffer.alloc(Math.max(bytes, capacity)));
  model.encode(writer, row);
  return writer.take();
}

const plain: Values = {
  id: 1,
  part: 'a',
  aString: 'text',
  aBoolean: true,
  anInt: 7,
  aBigInt: 7n,
  aFloat: 1.5,
  aDecimal: new Decimal('1.10'),
  aDateTime: new Date(1_000_000_000_123),
  aJson: { a: 1 },
  aBytes: Uint8Array.of(1, 2, 3),
  aMood: 'CALM',
  maybeString: null,
  maybeBoolean: null,
  maybeInt: null,
  maybeBigInt: null,
  maybeFloat: null,
  maybeDecimal: null,
  maybeDateTime: null,
  maybeJson: null,
  maybeBytes: null,
  maybeMood: null,
  someString: [],
  someBoolean: [],
  someInt: [],
  someBigInt: [],
  someFloat: [],
  someDecimal: [],
  someDateTime: [],
  someJson: [],
  someBytes: [],
  someMood: [],
};
const decoded = (row: Values) => Everything.decode(encode({ ...plain, ...row }));

describe('the row encoder', () => {
  it("writes the very bytes of ts-proto's encoder", () => {
    fc.assert(
      fc.property(everythingRow, (row) => {
        // The one place where ours says more: see below.
        fc.pre(!Object.is(row.aFloat, -0));
        expect(encode(row).equals(Everything.encode(messageOfRow(row)).finish())).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('writes bytes that decode to the row', () => {
    fc.assert(
      fc.property(everythingRow, (row) => {
        const expected = messageOfRow(row);
        // Whole numbers have no -0 on the wire.
        for (const name of ['id', 'anInt', 'maybeInt']) if (expected[name] === 0) expected[name] = 0;
        expect(asReceived(Everything.decode(encode(row)))).toEqual(asReceived(expected));
      }),
      { numRuns: 200 },
    );
  });

  it('grows its buffer from any size on without changing a byte', () => {
    fc.assert(
      fc.property(everythingRow, fc.integer({ min: 0, max: 300 }), (row, capacity) => {
        expect(encode(row, capacity).equals(encode(row))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('replaces half a surrogate pair, which UTF-8 cannot encode, with U+FFFD', () => {
    for (const padding of ['', 'x'.repeat(30)]) {
      expect(decoded({ aString: `a\ud800b${padding}` }).aString).toBe(`a\ufffdb${padding}`);
      expect(decoded({ aString: `${padding}\udc00` }).aString).toBe(`${padding}\ufffd`);
      expect(decoded({ aString: `😀${padding}` }).aString).toBe(`😀${padding}`);
    }
  });

  it('keeps -0, which ts-proto loses in a field without presence', () => {
    expect(decoded({ aFloat: -0 }).aFloat).toBe(-0);
    expect(decoded({ maybeFloat: -0 }).maybeFloat).toBe(-0);
    expect(decoded({ someFloat: [-0, 0] }).someFloat).toEqual([-0, 0]);
  });

  it('keeps every digit of a decimal, and never writes an exponent', () => {
    for (const text of ['123456789012345678901234567890', '-0.000000000000000000000000000001', '1e30', '1e-30']) {
      const received = decoded({ aDecimal: new Decimal(text) }).aDecimal;
      expect(received).not.toMatch(/e/i);
      expect(new Decimal(String(received)).equals(text)).toBe(true);
    }
    expect(decoded({ aDecimal: '12.340' }).aDecimal).toBe('12.340');
  });

  it('refuses an integer that its column cannot hold, and never wraps it into another', () => {
    for (const row of [
      { anInt: 2 ** 31 },
      { anInt: -(2 ** 31) - 1 },
      { anInt: 0.5 },
      { aBigInt: 2n ** 63n },
      { aBigInt: 2 ** 53 },
    ]) {
      expect(() => encode({ ...plain, ...row })).toThrow(expect.objectContaining({ name: 'UnreadableValue' }));
    }
  });

  it('takes the larger half of an unsigned column, and refuses what is negative', () => {
    const fields = [
      { name: 'int', number: 1, type: 'Int', native: 'UnsignedInt' },
      { name: 'big', number: 2, type: 'BigInt', native: 'UnsignedBigInt' },
    ] as const;
    const bytesOf = (row: Values) => {
      const writer = new ByteWriter();
      rowEncoder(fields)(writer, row);
      return writer.take();
    };
    const expected = new BinaryWriter()
      .uint32(8)
      .uint32(2 ** 32 - 1)
      .uint32(16)
      .uint64(2n ** 64n - 1n)
      .finish();
    expect(bytesOf({ int: 2 ** 32 - 1, big: 2n ** 64n - 1n }).equals(expected)).toBe(true);
    for (const row of [
      { int: -1, big: 0n },
      { int: 2 ** 32, big: 0n },
      { int: 0, big: -1n },
      { int: 0, big: 2n ** 64n },
    ])
      expect(() => bytesOf(row)).toThrow(expect.objectContaining({ name: 'UnreadableValue' }));
  });

  it('keeps null and the default apart in an optional field', () => {
    const zero = decoded({
      maybeInt: 0,
      maybeString: '',
      maybeBoolean: false,
      maybeBytes: new Uint8Array(),
      maybeFloat: 0,
    });
    expect(zero).toMatchObject({ maybeInt: 0, maybeString: '', maybeBoolean: false, maybeFloat: 0 });
    expect(zero.maybeBytes).toHaveLength(0);
    expect(decoded({})).toMatchObject({ maybeInt: null, maybeString: null, maybeBoolean: null, maybeFloat: null });
  });

  it('keeps dates before 1970 to the millisecond', () => {
    for (const ms of [-1, -999, -1000, -1001, -62_135_596_800_000]) {
      expect(decoded({ aDateTime: new Date(ms) }).aDateTime).toEqual(new Date(ms));
    }
  });

  it('keeps JSON nested thirty-six deep: a decoder that follows protobuf gives up at a hundred messages', () => {
    let value: unknown = [null, true, '', 0];
    for (let depth = 0; depth < 18; depth++) value = { nested: [value] };
    expect(decoded({ aJson: value }).aJson).toEqual(value);
  });

  it('keeps any JSON, null in objects too, as another implementation reads it', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const writer = new ByteWriter((bytes) => Buffer.alloc(bytes));
        encodeJsonValue(writer, value);
        const received = toJson(ValueSchema, fromBinary(ValueSchema, writer.take()));
        // A double can be -0, of which JSON knows nothing.
        expect(JSON.parse(JSON.stringify(received))).toEqual(asReceived(JSON.parse(JSON.stringify(value))));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps null in a JSON object for a generated client', () => {
    expect(decoded({ aJson: { a: null } }).aJson).toEqual({ a: null });
  });

  it.each([
    ['aString', 1],
    ['anInt', 1n],
    ['aBigInt', '1'],
    ['aFloat', '1'],
    ['aDecimal', 1],
    ['aDateTime', '2020-01-01'],
    ['aBytes', [1]],
    ['aMood', 'ANGRY'],
    ['someInt', ['1']],
  ])('refuses a value of the wrong type in %s', (name, value) => {
    expect(() => encode({ ...plain, [name]: value })).toThrow(
      new RegExp(`^${name} holds (an? [\\w ]+ where [\\w ]+ was expected|a value that is not in its enum)$`),
    );
  });

  it('refuses an invalid date', () => {
    expect(() => encode({ ...plain, aDateTime: new Date(Number.NaN) })).toThrow();
  });
});

const rowsOf = (maxLength: number) => fc.array(everythingRow, { maxLength });
const LARGE = 64 * 1024 * 1024;

function add(framer: ReturnType<typeof frameRows>, row: Values): void {
  framer.add(chunkOf([row], model.encode), 0);
}

/** Everything that a framer gives for the rows, taken as a stream would take it. */
function framed(framer: ReturnType<typeof frameRows>, rows: readonly Values[]): Buffer {
  const blocks: Buffer[] = [];
  for (const row of rows) {
    add(framer, row);
    if (framer.full) blocks.push(framer.take());
  }
  blocks.push(framer.take());
  return Buffer.concat(blocks);
}

describe('frameRows', () => {
  it("gives each row its own frame with ts-proto's bytes", () => {
    fc.assert(
      fc.property(rowsOf(8), (rows) => {
        const framer = frameRows(LARGE);
        const messages = unframe(framed(framer, rows));
        expect(messages.map(hex)).toEqual(rows.map((row) => hex(encode(row))));
        expect(framer.taken).toEqual({ rows: rows.length, messages: rows.length });
      }),
      { numRuns: 100 },
    );
  });

  it('returns blocks that it does not write to any more', () => {
    const framer = frameRows(LARGE);
    add(framer, { ...plain, aString: 'x'.repeat(70_000) });
    expect(framer.full).toBe(true);
    const first = framer.take();
    const copy = Buffer.from(first);
    add(framer, { ...plain, aString: 'y'.repeat(70_000) });
    add(framer, plain);
    framer.take();
    expect(first.equals(copy)).toBe(true);
    expect(framer.take()).toHaveLength(0);
  });

  it('refuses a row that is larger than a message may be, and accepts one that just fits', () => {
    const size = encode(plain).length;
    const fits = frameRows(size);
    add(fits, plain);
    expect(unframe(fits.take())).toHaveLength(1);
    expect(() => add(frameRows(size - 1), plain)).toThrow(
      expect.objectContaining({
        status: 'RESOURCE_EXHAUSTED',
        phase: 'encode',
        message: `a row needs ${size} bytes, more than the ${size - 1} that a message may have`,
      }),
    );
  });
});

describe('frameBatches', () => {
  it('keeps rows and their order within both bounds, and fills every message', () => {
    fc.assert(
      fc.property(
        rowsOf(20),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 5000 }),
        (rows, most, extra) => {
          const sizes = rows.map((row) => encode(row).length);
          const maxBytes = Math.max(0, ...sizes) + 10 + extra;
          const framer = frameBatches(maxBytes, most);
          const messages = unframe(framed(framer, rows));
          const batches = messages.map((message) => Batch.decode(message).everythings as Values[]);
          expect(framer.taken).toEqual({ rows: rows.length, messages: messages.length });
          expect(asReceived(batches.flat())).toEqual(asReceived(rows.map((row) => Everything.decode(encode(row)))));
          let next = 0;
          for (const [index, batch] of batches.entries()) {
            const message = messages[index] as Buffer;
            expect(batch.length).toBeLessThanOrEqual(most);
            expect(message.length).toBeLessThanOrEqual(maxBytes);
            next += batch.length;
            const size = sizes[next];
            const isLast = index === batches.length - 1;
            // A batch ends early only when the next row does not fit.
            if (!isLast && batch.length < most && size !== undefined)
              expect(message.length + size + 1 + lengthOfVarint(size)).toBeGreaterThan(maxBytes);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("writes the very bytes of ts-proto's encoder", () => {
    fc.assert(
      fc.property(fc.array(everythingRow, { minLength: 1, maxLength: 6 }), (rows) => {
        fc.pre(!rows.some((row) => Object.is(row.aFloat, -0)));
        const [message] = unframe(framed(frameBatches(LARGE, 100), rows));
        const expected = Batch.encode({ everythings: rows.map(messageOfRow) }).finish();
        expect(message?.equals(expected)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a row that is larger than a message may be, wherever it stands', () => {
    const large = { ...plain, aString: 'x'.repeat(2000) };
    for (const rows of [[large], [large, plain], [plain, large], [plain, plain, large, plain]]) {
      expect(() => framed(frameBatches(1500, 100), rows)).toThrow(
        expect.objectContaining({ status: 'RESOURCE_EXHAUSTED', code: 'stream.message_too_large' }),
      );
    }
  });
});

const hex = (bytes: Buffer) => bytes.toString('hex');

function lengthOfVarint(value: number): number {
  return value < 128 ? 1 : value < 16384 ? 2 : value < 2_097_152 ? 3 : 4;
}
