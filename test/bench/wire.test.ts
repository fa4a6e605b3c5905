import { crc32, gzipSync } from 'node:zlib';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowCounter } from '../../src/bench/client/row-counter.js';
import { encodeStreamRequest } from '../../src/bench/wire/messages.js';
import { plainLoad } from '../../src/results/index.js';

const rowsArbitrary = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 50 });

/** A batch message, with a field of a later version among its rows. */
function batchOf(rows: readonly Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [index, row] of rows.entries()) {
    writer.tag(1, 2).bytes(row);
    if (index === 0) writer.tag(15, 0).int32(7);
  }
  return writer.finish();
}

type Mode = 'rows' | 'batches';

/** What a counter makes of messages that come in one piece, or cut at the given places. */
function counted(messages: readonly Uint8Array[], mode: Mode, cuts: readonly number[] = []) {
  const counter = rowCounter(mode);
  const bytes = Buffer.concat(messages.map((message) => framed(message)));
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, place] of places.entries()) counter.take(bytes.subarray(place, places[index + 1] ?? bytes.length));
  expect(counter.isPartial).toBe(false);
  return { rows: counter.rows, bytes: counter.bytes, checksum: counter.checksum };
}

/** As gRPC sends it. */
function framed(message: Uint8Array, flag = 0): Buffer {
  const prefix = Buffer.from([flag, 0, 0, 0, 0]);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

describe('the row counter', () => {
  const cutsArbitrary = fc.array(fc.nat(), { maxLength: 10 });

  it('comes to the same rows, bytes and checksum however rows were batched and wherever the pieces were cut', () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.nat(), cutsArbitrary, (rows, cut, cuts) => {
        const middle = cut % (rows.length + 1);
        const batches = [rows.slice(0, middle), rows.slice(middle)].map(batchOf);
        const whole = Buffer.concat(rows);
        const expected = { rows: rows.length, bytes: whole.length, checksum: crc32(whole) };
        expect(counted(rows, 'rows', cuts)).toEqual(expected);
        expect(counted(batches, 'batches', cuts)).toEqual(expected);
      }),
    );
  });

  it('reads compressed messages', () => {
    const counter = rowCounter('rows');
    for (const row of ['first', 'second']) counter.take(framed(gzipSync(row), 1));
    expect(counter).toMatchObject({ rows: 2, bytes: 11, checksum: crc32('firstsecond') });
  });

  it('leaves out what follows the rows that are wanted', () => {
    const counter = rowCounter('rows', 1);
    counter.take(Buffer.concat(['first', 'second'].map((row) => framed(Buffer.from(row)))));
    expect(counter).toMatchObject({ rows: 1, bytes: 5, checksum: crc32('first') });
  });

  it('knows that a message is not complete', () => {
    const counter = rowCounter('rows');
    counter.take(framed(Buffer.from('first')).subarray(0, -1));
    expect(counter).toMatchObject({ rows: 0, isPartial: true });
  });

  it('refuses a message that is not a batch', () => {
    for (const bytes of [[10, 5, 1], [8, 1], [10], [11]])
      expect(() => counted([Uint8Array.from(bytes)], 'batches')).toThrow('not a batch of rows');
  });

  it('notices two rows that changed places', () => {
    const [a, b] = [Buffer.from('first'), Buffer.from('second')];
    expect(counted([a, b], 'rows').checksum).not.toBe(counted([b, a], 'rows').checksum);
  });
});

describe('encodeStreamRequest', () => {
  function fieldsOf(request: Uint8Array): Record<number, number> {
    const reader = new BinaryReader(request);
    const fields: Record<number, number> = {};
    while (reader.pos < reader.len) fields[reader.tag()[0]] = Number(reader.int64());
    return fields;
  }

  it('asks for chunk, interval, batch and limit under their field numbers', () => {
    const setting = { chunk: 500, checkInterval: 10, mode: 'batches', batchRows: 250, load: plainLoad } as const;
    expect(fieldsOf(encodeStreamRequest(setting, { limit: 99 }))).toEqual({ 4: 99, 8: 500, 9: 10, 10: 250 });
  });

  it('leaves out a limit that was not given, and a batch size of a row stream', () => {
    const setting = { chunk: 500, checkInterval: 10, mode: 'rows', batchRows: null, load: plainLoad } as const;
    expect(fieldsOf(encodeStreamRequest(setting, { limit: null }))).toEqual({ 8: 500, 9: 10 });
  });
});
