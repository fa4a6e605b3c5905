/** Numbers from 0 up to, but not including, 1; the same seed gives the same numbers on every machine. */
export type SeededRandom = () => number;

/**
 * A small generator with 32 bits of state: the bench needs orders that can be repeated, not secrets. Its first number is
 * mixed already, so that neighbouring seeds (one a round) have nothing in common.
 */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `min` to `max`, both included. */
export function randomInteger(random: SeededRandom, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

/** The items in a random order, every order as likely as another; the list itself is left as it is. */
export function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
