import { InternalError } from '../../errors/index.js';

/**
 * Pseudo-random numbers for the rows of a table: xoshiro128** 1.1 by D. Blackman and S. Vigna ("Scrambled linear pseudorandom number
 * generators", ACM TOMS 47(4), 2021), seeded with the 32-bit finalizer of A. Appleby's MurmurHash3.
 *
 * Every row seeds it with its index, so that row 1,000,000 is the same whether or not the rows before it were made.
 *
 * @example
 * const random = new RowRandom(1, 'Book');
 * random.startRow(41);
 * random.below(6); // 0 to 5, always the same for seed 1, "Book", row 41
 */
export class RowRandom {
  readonly #base: number;
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  constructor(seed: number, stream: string) {
    let base = mix(seed >>> 0);
    for (let i = 0; i < stream.length; i++) base = mix(base ^ stream.charCodeAt(i));
    this.#base = base;
    this.startRow(0);
  }

  /** Starts the numbers of a row. Two rows never start alike, since the mixing is a bijection. */
  startRow(index: number): void {
    this.#a = mix((index ^ this.#base) >>> 0);
    this.#b = mix(this.#a ^ Math.floor(index / 2 ** 32));
    this.#c = mix(this.#b + GOLDEN);
    this.#d = mix(this.#c + this.#base) | 1;
  }

  /** A whole number from 0 to 2³² − 1. */
  uint32(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return result;
  }

  /** A number from 0 up to, but not including, 1. */
  fraction(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new InternalError('there is nothing to pick from');
    return item;
  }
}

/** 2³² divided by the golden ratio: adding it separates similar numbers. */
const GOLDEN = 0x9e3779b9;

/** MurmurHash3's finalizer: every bit of the input affects every bit of the result, and no two inputs have the same result. */
export function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
