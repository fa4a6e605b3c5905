/**
 * Items of several iterators as they come, one of each at a time: the next is asked for when the last was taken, and none waits behind a
 * faster one. Whoever stops early ends what is still under way in its sources.
 */
export async function* asTheyCome<T>(sources: readonly AsyncIterator<T>[]): AsyncGenerator<T, void, undefined> {
  const pending = new Map(sources.map((source) => [source, next(source)]));
  while (pending.size > 0) {
    const { source, result } = await Promise.race(pending.values());
    // Behind all others in the map, so that the race looks at them first.
    pending.delete(source);
    if (result.done) continue;
    yield result.value;
    pending.set(source, next(source));
  }
}

/** Items of several iterators, one after the other; the first item of each is asked for at once. */
export async function* inTurn<T>(sources: readonly AsyncIterator<T>[]): AsyncGenerator<T, void, undefined> {
  const firsts = sources.map((source) => ({ source, first: next(source) }));
  for (const { source, first } of firsts) {
    for (let { result } = await first; !result.done; result = await source.next()) yield result.value;
  }
}

interface Turn<T> {
  readonly source: AsyncIterator<T>;
  readonly result: IteratorResult<T>;
}

function next<T>(source: AsyncIterator<T>): Promise<Turn<T>> {
  const turn = source.next().then((result) => ({ source, result }));
  // Whoever awaits it is told; when nobody does any more, the stream has ended for another reason.
  turn.catch(() => {});
  return turn;
}
