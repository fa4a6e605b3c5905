/**
 * Reads up to `count` items beyond the one that was asked for, so that the database works while rows are written.
 * `return()` waits for what is in flight: whoever opened the source knows then that nothing of it is left running.
 */
export function readAhead<T>(
  source: AsyncIterable<T>,
  count: number,
): AsyncIterableIterator<T> & { return(): Promise<IteratorResult<T>> } {
  const iterator = source[Symbol.asyncIterator]();
  const inFlight: Promise<IteratorResult<T>>[] = [];
  let ended = false;

  const fetchOne = () => {
    const result = iterator.next();
    // Whoever takes it gets its rejection; until then it must not count as unhandled.
    result.catch(() => {});
    inFlight.push(result);
  };

  return {
    async next() {
      if (ended) return { done: true, value: undefined };
      while (inFlight.length <= count) fetchOne();
      const result = await (inFlight.shift() as Promise<IteratorResult<T>>);
      if (result.done) ended = true;
      return result;
    },
    async return() {
      ended = true;
      await Promise.allSettled(inFlight);
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
