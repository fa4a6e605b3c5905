import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mix, RowRandom } from '../../src/seed/values/random.js';

describe('RowRandom', () => {
  test('gives a row the same numbers in any order of rows', () => {
    const forwards = new RowRandom(1, 'Book');
    const backwards = new RowRandom(1, 'Book');
    const rows = Array.from({ length: 100 }, (_, index) => index);
    const made = rows.map((index) => numbersOf(forwards, index));
    expect(
      rows
        .toReversed()
        .map((index) => numbersOf(backwards, index))
        .reverse(),
    ).toEqual(made);
  });

  test('gives other numbers for another seed, model or row', () => {
    const first = numbersOf(new RowRandom(1, 'Book'), 0);
    expect(numbersOf(new RowRandom(2, 'Book'), 0)).not.toEqual(first);
    expect(numbersOf(new RowRandom(1, 'Author'), 0)).not.toEqual(first);
    expect(numbersOf(new RowRandom(1, 'Book'), 1)).not.toEqual(first);
  });

  test('stays the same from version to version', () => {
    const random = new RowRandom(1, 'Book');
    expect([random.uint32(), random.uint32(), random.uint32()]).toMatchInlineSnapshot(`
      [
        432079763,
        386919090,
        754513083,
      ]
    `);
  });

  test('spreads its numbers evenly', () => {
    const random = new RowRandom(1, 'Book');
    const counts = new Array(10).fill(0);
    for (let index = 0; index < 10_000; index++) {
      random.startRow(index);
      counts[random.below(10)]++;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

test('mix never gives two inputs the same result', () => {
  const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(fc.property(uint32, uint32, (one, other) => (mix(one) === mix(other)) === (one === other)));
});

function numbersOf(random: RowRandom, index: number): number[] {
  random.startRow(index);
  return Array.from({ length: 8 }, () => random.uint32());
}
