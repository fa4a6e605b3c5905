/** A block goes to the socket when it has this many bytes: large enough to spread the cost of a write over many rows. */
export const BLOCK_BYTES = 64 * 1024;

/** What a block can hold: the row that fills it may be a little too long for it. */
const BLOCK_CAPACITY = BLOCK_BYTES + BLOCK_BYTES / 8;

/** Blocks kept for use, by all streams together: a few megabytes, however many streams there were. */
const MOST_FREE_BLOCKS = 32;

const free: Buffer[] = [];
const lent = new WeakSet<ArrayBufferLike>();

/** A block to write rows into. Memory outside of V8's heap is freed late, so that fresh blocks would pile up by the dozen. */
export function takeBlock(): Buffer {
  const block = free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_CAPACITY);
  lent.add(block.buffer);
  return block;
}

/** Takes a block back that nobody reads any more; memory that is no block of ours is left to the garbage collector. */
export function giveBlock(bytes: Buffer): void {
  if (!lent.delete(bytes.buffer) || free.length >= MOST_FREE_BLOCKS) return;
  free.push(Buffer.from(bytes.buffer));
}
