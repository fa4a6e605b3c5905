import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startStreamMeter } from '../../src/bench/client/stream-meter.js';
import { encodeStreamRequest, splitRows } from '../../src/bench/wire/messages.js';
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

function checksumOf(messages: readonly Uint8Array[], mode: 'rows' | 'batches') {
  const meter = startStreamMeter(mode);
  meter.receive(messages, 0);
  const { rows, bytes, checksum } = meter.finish();
  return { rows, bytes, checksum };
}

describe('splitRows', () => {
  it('gives back the very bytes of every row of a batch, and passes over other fields', () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        expect(splitRows(batchOf(rows), 'batches').map((row) => [...row])).toEqual(rows.map((row) => [...row]));
      }),
    );
  });
});

describe('the stream meter', () => {
  it('comes to the same rows, bytes and checksum however the rows were batched', () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.nat(), (rows, cut) => {
        const middle = cut % (rows.length + 1);
        const batches = [rows.slice(0, middle), rows.slice(middle)].filter(({ length }) => length > 0).map(batchOf);
        expect(checksumOf(batches, 'batches')).toEqual(checksumOf(rows, 'rows'));
      }),
    );
  });

  it('notices two rows that changed places', () => {
    const [a, b] = [Buffer.from('first'), Buffer.from('second')];
    expect(checksumOf([a, b], 'rows').checksum).not.toBe(checksumOf([b, a], 'rows').checksum);
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
