import { crc32 } from 'node:zlib';

/**
 * Work that is always the same, of the kinds that a stream is made of: objects and texts that are thrown away, bytes that are
 * copied and summed. A machine whose other tenants take its caches, or that slows its clock down, takes longer for it, although
 * nothing on this side of the machine shows that.
 *
 * @returns Its CPU time, in microseconds: other programs that take the core do not count.
 */
export function yardstickMicros(): number {
  const before = process.cpuUsage();
  for (let part = 0; part < PARTS; part += 1) workThrough(part);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Some ten milliseconds together: long beside the clock of CPU time, short beside a stream. */
const PARTS = 20;
const ROWS = 500;

/** Kept, so that no engine may leave the work out. */
let checksum = 0;

function workThrough(part: number): void {
  const rows = Array.from({ length: ROWS }, (_, index) => ({
    id: part * ROWS + index,
    title: `row ${index} of part ${part}`,
    price: index * 1.25,
  }));
  const target = Buffer.allocUnsafe(ROWS * 100);
  let at = 0;
  for (const { id, title, price } of rows) {
    at = target.writeUInt32BE(id, at);
    at = target.writeDoubleBE(price, at);
    at += target.write(title, at, 'utf8');
  }
  checksum = crc32(target.subarray(0, at), checksum);
}
