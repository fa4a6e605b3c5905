import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readAhead } from '../../src/runtime/stream/stream-chunks.js';

const unhandled = vi.fn();
process.on('unhandledRejection', unhandled);
afterEach(async () => {
  // Node reports a rejection that nobody handles before the next turn of the event loop.
  await settle();
  expect(unhandled).not.toHaveBeenCalled();
});

/** A source whose items settle when the test says so. */
function manual() {
  const asked: { resolve: (result: IteratorResult<number>) => void; reject: (error: unknown) => void }[] = [];
  const returned = vi.fn(async () => ({ done: true as const, value: undefined }));
  const source: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise((resolve, reject) => asked.push({ resolve, reject })),
      return: returned,
    }),
  };
  const give = (index: number) => asked[index]?.resolve({ done: false, value: index });
  return { source, asked, returned, give };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('readAhead', () => {
  it.each([0, 1, 3])('has at most %i reads in flight ahead of the consumer', async (count) => {
    const { source, asked, give } = manual();
    const ahead = readAhead(source, count);
    expect(asked).toHaveLength(0);
    const first = ahead.next();
    expect(asked).toHaveLength(count + 1);
    await settle();
    expect(asked).toHaveLength(count + 1);
    give(0);
    await first;
    // Nothing is asked for while nobody takes.
    await settle();
    expect(asked).toHaveLength(count + 1);
    void ahead.next();
    expect(asked).toHaveLength(count + 2);
  });

  it('keeps the order, also when later items arrive first', async () => {
    const { source, give } = manual();
    const ahead = readAhead(source, 2);
    const first = ahead.next();
    give(2);
    give(1);
    await settle();
    give(0);
    expect((await first).value).toBe(0);
    expect((await ahead.next()).value).toBe(1);
    expect((await ahead.next()).value).toBe(2);
  });

  it('yields the items of the source, for any readahead', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer()), fc.nat({ max: 5 }), async (items, count) => {
        const got: number[] = [];
        const source = async function* () {
          yield* items;
        };
        for await (const item of readAhead(source(), count)) got.push(item);
        expect(got).toEqual(items);
      }),
    );
  });

  it('fails at the item that failed, after those before it', async () => {
    const { source, asked, give } = manual();
    const ahead = readAhead(source, 3);
    const first = ahead.next();
    const error = new Error('gone');
    asked[2]?.reject(error);
    await settle();
    give(0);
    give(1);
    expect((await first).value).toBe(0);
    expect((await ahead.next()).value).toBe(1);
    await expect(ahead.next()).rejects.toBe(error);
  });

  it('waits on return for the reads in flight, then closes the source', async () => {
    const { source, asked, give, returned } = manual();
    const ahead = readAhead(source, 1);
    const first = ahead.next();
    give(0);
    await first;
    let closed = false;
    const closing = ahead.return().then(() => {
      closed = true;
    });
    await settle();
    expect(closed).toBe(false);
    expect(returned).not.toHaveBeenCalled();
    asked[1]?.reject(new Error('nobody wants to know'));
    await closing;
    expect(returned).toHaveBeenCalledOnce();
    expect(await ahead.next()).toEqual({ done: true, value: undefined });
    expect(asked).toHaveLength(2);
  });

  it('closes a source that was never read without reading it', async () => {
    const { source, asked, returned } = manual();
    await readAhead(source, 4).return();
    expect(asked).toHaveLength(0);
    expect(returned).toHaveBeenCalledOnce();
  });
});
