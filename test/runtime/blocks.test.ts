import { expect, it } from 'vitest';
import { ByteWriter, giveBlock } from '../../src/runtime/encode/byte-writer.js';

const ROW = Buffer.alloc(150, 7);

function block(writer: ByteWriter, bytes: number): Buffer {
  for (let written = 0; written < bytes; written += ROW.length) writer.raw(ROW);
  return writer.take();
}

it.each([
  64 * 1024,
  75_000,
  200_000,
  800_000,
])('blocks of %i bytes are written into the memory of those that were sent', (bytes) => {
  const writer = new ByteWriter();
  // The first one shows how large they are.
  giveBlock(block(writer, bytes));
  const sent = Array.from({ length: 3 }, () => block(writer, bytes));
  const memory = new Set(sent.map(({ buffer }) => buffer));
  expect(memory.size).toBe(3);
  sent.forEach(giveBlock);
  const next = Array.from({ length: 3 }, () => block(writer, bytes));
  expect(next.filter(({ buffer }) => !memory.has(buffer))).toEqual([]);
  expect(next.every((each) => each.every((byte) => byte === 7))).toBe(true);
});

it('blocks of four rows or five, of 16 kB or so each, are not copied out of memory that is too large', () => {
  const writer = new ByteWriter();
  const send = (bytes: number) => {
    const sent = block(writer, bytes);
    giveBlock(sent);
    return sent.buffer;
  };
  const sizes = [80_000, 66_000, 72_000, 65_600, 81_000, 64_100, 78_000, 70_000];
  const memory = new Set(sizes.map(send));
  expect(sizes.map(send).filter((buffer) => !memory.has(buffer))).toEqual([]);
});

it('memory that is still read, was given back already, or is no block, is not written again', () => {
  const writer = new ByteWriter();
  const [first, second] = [block(writer, 64 * 1024), block(writer, 64 * 1024)];
  giveBlock(first);
  giveBlock(first);
  giveBlock(Buffer.alloc(first.buffer.byteLength));
  const next = Array.from({ length: 3 }, () => block(writer, 64 * 1024).buffer);
  expect(new Set(next).size).toBe(3);
  expect(next.includes(second.buffer)).toBe(false);
});
