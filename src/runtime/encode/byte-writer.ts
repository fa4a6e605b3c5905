/** The most bytes that a string can take: three for each UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

/** Below this many units a loop is faster than a call of Node's encoder. */
const SHORT_STRING = 24;

/** Below this many bytes a loop is faster than a call of Node's copy, which makes an object each time. */
const SHORT_COPY = 160;

/** From this many units on, a string's bytes are counted first: most of the room for the longest case would stay unused. */
const LONG_STRING = 4096;

const TWO_POW_32 = 4_294_967_296;

/** A buffer that is too small becomes so many times as large. Of twice, a block that just does not fit would fill less than half. */
const GROWTH = 1.5;

const NO_BYTES = Buffer.alloc(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));

/** Bytes that parts are copied from. */
export interface SourceBytes {
  readonly bytes: Buffer;
  /** The same bytes, for the numbers in them. */
  readonly view: DataView;
}

/**
 * Writes the protobuf wire format into one growing buffer, front to back and without intermediate copies. `take()` returns the bytes; the
 * writer allocates the next buffer when there is something to write.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ByteWriter {
  position = 0;
  private buffer: Buffer = NO_BYTES;
  private view: DataView = NO_VIEW;
  /** The bytes that were taken last: the next ones are likely to be as many. */
  private usual = 0;
  private readonly allocate: (bytes: number) => Buffer;

  /** Writes into buffers that `allocate` returns, of so many bytes at least; into a larger one only when it must. */
  constructor(allocate: (bytes: number) => Buffer = takeBlock) {
    this.allocate = allocate;
  }

  /** Everything written since the last call; it now belongs to the caller. */
  take(): Buffer {
    const taken = this.buffer.subarray(0, this.position);
    this.position = 0;
    // For few bytes in a large buffer, a copy of their size: bytes that wait for a slow reader should not hold a large buffer.
    if (taken.length < this.buffer.length / 2) return Buffer.from(taken);
    this.buffer = NO_BYTES;
    this.usual = taken.length;
    return taken;
  }

  /** The memory that begins with everything written since the last call; it now belongs to the caller. */
  takeMemory(): ArrayBuffer {
    const { buffer } = this.buffer;
    this.position = 0;
    this.buffer = NO_BYTES;
    return buffer as ArrayBuffer;
  }

  /** Makes room for so many more bytes. */
  ensure(bytes: number): void {
    const needed = this.position + bytes;
    if (needed <= this.buffer.length) return;
    if (this.buffer === NO_BYTES) this.writeTo(this.allocate(Math.max(needed, this.usual)));
    if (needed > this.buffer.length) this.grow(needed);
  }

  /** Leaves room for a value that is known only later, such as a length. */
  skip(bytes: number): void {
    this.ensure(bytes);
    this.position += bytes;
  }

  byte(value: number): void {
    this.ensure(1);
    this.buffer[this.position++] = value;
  }

  /** A varint of up to 32 bits. */
  uint32(value: number): void {
    this.ensure(5);
    this.position = putVarint(this.buffer, this.position, value >>> 0);
  }

  /** A varint that is sign-extended to 64 bits, as `int32` and enums are. */
  int32(value: number): void {
    if (value >= 0) this.uint32(value);
    else this.int64(value);
  }

  /** A whole number of up to 64 bits; as a `number` it must be exact. */
  int64(value: bigint | number): void {
    this.ensure(10);
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.position = putVarint(this.buffer, this.position, Number(value));
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.buffer[this.position++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.buffer[this.position++] = Number(rest);
  }

  double(value: number): void {
    this.ensure(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  /** Four bytes, most significant first, at a position that was skipped. */
  putUint32BE(at: number, value: number): void {
    this.view.setUint32(at, value);
  }

  putByte(at: number, value: number): void {
    this.buffer[at] = value;
  }

  /** Length-delimited text. */
  string(value: string): void {
    const units = value.length;
    this.ensure((units < LONG_STRING ? units * MAX_BYTES_PER_UNIT : Buffer.byteLength(value)) + 5);
    // The length stands before the text, but is known after it: leave the room that it takes if every unit is one byte.
    const room = varintSize(units);
    const start = this.position + room;
    const bytes = units <= SHORT_STRING ? this.shortString(value, start) : this.buffer.write(value, start);
    this.closeLength(start, room, bytes);
  }

  /** Length-delimited bytes. */
  bytes(value: Uint8Array): void {
    this.uint32(value.length);
    this.raw(value);
  }

  /** Length-delimited bytes from a part of others: text in UTF-8 or bytes, unchanged. */
  copy(from: SourceBytes, start: number, length: number): void {
    this.ensure(length + 5);
    this.position = putVarint(this.buffer, this.position, length);
    this.put(from, start, length);
  }

  /** A part of other bytes unchanged, such as a message that is already encoded. */
  rawPart(from: SourceBytes, start: number, length: number): void {
    this.ensure(length);
    this.put(from, start, length);
  }

  private put({ bytes, view }: SourceBytes, start: number, length: number): void {
    const { position } = this;
    let done = 0;
    if (length > SHORT_COPY) done = bytes.copy(this.buffer, position, start, start + length);
    for (; done + 4 <= length; done += 4) this.view.setInt32(position + done, view.getInt32(start + done));
    for (; done < length; done++) this.buffer[position + done] = bytes[start + done] as number;
    this.position += length;
  }

  /** Bytes unchanged, such as a message that is already encoded. */
  raw(value: Uint8Array): void {
    this.ensure(value.length);
    this.buffer.set(value, this.position);
    this.position += value.length;
  }

  /** Starts a length-delimited value, and guesses how many bytes its length will take. */
  open(lengthBytes = 1): number {
    this.skip(lengthBytes);
    return this.position;
  }

  /** Ends what `open` started; moves the value when its length was guessed wrong. Returns the bytes that the length took. */
  close(start: number, lengthBytes = 1): number {
    this.ensure(5);
    return this.closeLength(start, lengthBytes, this.position - start);
  }

  private closeLength(start: number, room: number, bytes: number): number {
    const size = varintSize(bytes);
    if (size !== room) this.buffer.copyWithin(start + size - room, start, start + bytes);
    putVarint(this.buffer, start - room, bytes);
    this.position = start - room + size + bytes;
    return size;
  }

  private grow(needed: number): void {
    const grown = this.allocate(Math.max(needed, this.buffer.length * GROWTH));
    this.buffer.copy(grown, 0, 0, this.position);
    giveBlock(this.buffer);
    this.writeTo(grown);
  }

  private writeTo(buffer: Buffer): void {
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  /** ASCII by hand; anything else is left to Node. */
  private shortString(value: string, start: number): number {
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 127) return this.buffer.write(value, start);
      this.buffer[start + index] = unit;
    }
    return value.length;
  }
}

/** Bytes that a varint takes. */
export function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

/** Any whole number up to 2^53; bit operators reach only 32 bits, so larger ones are split. */
function putVarint(buffer: Buffer, position: number, value: number): number {
  let at = position;
  let rest = value;
  while (rest >= TWO_POW_32) {
    buffer[at++] = (rest & 127) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest > 127) {
    buffer[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  buffer[at++] = rest;
  return at;
}

/** A block of this many bytes goes to the socket: large enough to spread the cost of a write over many rows. */
export const BLOCK_BYTES = 64 * 1024;

/** What the smallest block can hold: the row that fills it may be a little too long for it. */
const BLOCK_CAPACITY = BLOCK_BYTES + BLOCK_BYTES / 8;

/**
 * What blocks of any size can hold. A batch is a message of its own, in a block of its own; by default, it has at most four megabytes. Each holds
 * half as much again as the one before or less: rows of 16 kB fill 64 or 80 KB, and the smaller of these in a block for twice the larger would
 * be copied out of it, into memory that nobody takes back.
 */
const CAPACITIES = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64].map((times) => times * BLOCK_CAPACITY);

/**
 * The blocks that all streams together keep for reuse: some megabytes, whatever the number of streams, and enough for the three large ones that
 * a stream of batches has under way. Memory that the system gives anew is zeroed page by page as it is touched: batches of 800 KB took a
 * quarter more CPU time by it.
 */
const MOST_FREE_BYTES = 8 * 1024 ** 2;

const free = new Map<number, Buffer[]>(CAPACITIES.map((capacity) => [capacity, []]));
let freeBytes = 0;
const lent = new WeakSet<ArrayBufferLike>();

/** A block to write so many bytes into. Memory outside of V8's heap is freed late: without reuse, dozens of unused blocks would pile up. */
function takeBlock(bytes: number): Buffer {
  const capacity = CAPACITIES.find((each) => each >= bytes) ?? bytes;
  const kept = free.get(capacity)?.pop();
  if (kept) freeBytes -= capacity;
  const block = kept ?? Buffer.allocUnsafeSlow(capacity);
  lent.add(block.buffer);
  return block;
}

/** Takes back a block that is no longer read; the garbage collector frees memory that is not such a block. */
export function giveBlock({ buffer }: Buffer): void {
  const blocks = free.get(buffer.byteLength);
  if (!lent.delete(buffer) || !blocks || freeBytes + buffer.byteLength > MOST_FREE_BYTES) return;
  blocks.push(Buffer.from(buffer));
  freeBytes += buffer.byteLength;
}
