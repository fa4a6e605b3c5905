import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjustForMany, hodgesLehmann, hodgesLehmannOfPairs } from '../../src/bench/statistics/compare-samples.js';
import { mannWhitney, rankSumChances } from '../../src/bench/statistics/rank-tests.js';

/** Water through membranes, at term and earlier: Hollander and Wolfe, Nonparametric Statistical Methods (1973), p. 69. */
const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const earlier = [1.15, 0.88, 0.9, 0.74, 1.21];

/** Ozone in New York, May and August 1973: Chambers et al., Graphical Methods for Data Analysis (1983). */
const may = [41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37];
const august = [
  39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85,
];

describe('mannWhitney', () => {
  it('gives the exact chance that is published for 10 and 5 samples', () => {
    const { u, pValue, method } = mannWhitney(atTerm, earlier);
    expect({ u, method }).toEqual({ u: 35, method: 'exact' });
    expect(pValue).toBeCloseTo(0.2544, 4);
  });

  it('gives the chance that SciPy documents for the ages of 5 men and 4 women', () => {
    const { u, pValue } = mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12]);
    expect(u).toBe(17);
    expect(pValue).toBeCloseTo(1 / 9, 12);
  });

  it('counts ties exactly where R falls back on the normal distribution', () => {
    const { u, pValue, method } = mannWhitney(may, august);
    expect({ u, method }).toEqual({ u: 127.5, method: 'exact' });
    // R and SciPy document 0.0001208 by the normal distribution; all deals counted, the chance is half of that.
    expect(pValue).toBeCloseTo(0.0000611, 6);
  });

  it('corrects for ties and continuity as SciPy does past the exact sizes', () => {
    const { u, pValue, method } = mannWhitney([...may, ...may.slice(0, 5)], [...august, ...august.slice(0, 5)]);
    expect({ u, method }).toEqual({ u: 214.5, method: 'normal' });
    expect(pValue).toBeCloseTo(0.00018445, 6);
  });

  it.each([
    [5, 5, 2],
    [8, 8, 13],
    [10, 10, 23],
    [20, 20, 127],
  ])('has the critical values of the published tables: %i and %i samples, U = %i at 5%%', (first, second, critical) => {
    const ranks = Array.from({ length: first + second }, (_, index) => index + 1);
    const chances = rankSumChances(ranks, first).slice((first * (first + 1)) / 2);
    const upTo = (u: number) => 2 * chances.slice(0, u + 1).reduce((sum, chance) => sum + chance, 0);
    expect(upTo(critical)).toBeLessThanOrEqual(0.05);
    expect(upTo(critical + 1)).toBeGreaterThan(0.05);
  });

  it('does not care which sample comes first, nor in which order', () => {
    const samples = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(samples, samples, (first, second) => {
        const { u, pValue } = mannWhitney(first, second);
        const swapped = mannWhitney(second, first.toReversed());
        expect(swapped.pValue).toBeCloseTo(pValue, 10);
        expect(u + swapped.u).toBe(first.length * second.length);
      }),
    );
  });

  it('tells nothing from equal samples, one sample or none', () => {
    expect(mannWhitney([1, 1, 1], [1, 1, 1]).pValue).toBe(1);
    expect(mannWhitney([1], [2]).pValue).toBe(1);
    expect(mannWhitney([], [2]).pValue).toBe(1);
  });
});

describe('hodgesLehmann', () => {
  it('gives the published estimate and interval', () => {
    const { estimate, interval } = hodgesLehmann(earlier, atTerm);
    expect(estimate).toBeCloseTo(0.305, 10);
    expect(interval?.[0]).toBeCloseTo(-0.15, 10);
    expect(interval?.[1]).toBeCloseTo(0.76, 10);
  });

  it('finds a shift of all samples exactly', () => {
    const { estimate, interval } = hodgesLehmann(
      atTerm,
      atTerm.map((value) => value + 3),
    );
    expect(estimate).toBeCloseTo(3, 10);
    expect(interval?.[0]).toBeLessThan(3);
    expect(interval?.[1]).toBeGreaterThan(3);
  });

  it('has no interval for samples too few for one', () => {
    expect(hodgesLehmann([1, 2, 3], [1, 2, 3]).interval).toBeNull();
    expect(hodgesLehmannOfPairs([1, 2, 3, 4, 5]).interval).toBeNull();
  });

  it('takes pairs by the means of every two differences', () => {
    // Depression scores of nine patients: Hollander and Wolfe (1973), p. 29; estimate −0.46, interval −0.786 to −0.010.
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const { estimate, interval } = hodgesLehmannOfPairs(after.map((value, index) => value - (before[index] ?? 0)));
    expect(estimate).toBeCloseTo(-0.46, 2);
    expect(interval?.[0]).toBeCloseTo(-0.786, 3);
    expect(interval?.[1]).toBeCloseTo(-0.01, 3);
  });
});

describe('adjustForMany', () => {
  it('multiplies the smallest by all, the next by one fewer, and never falls', () => {
    expect(adjustForMany([0.01, 0.04, 0.03, 0.005]).map((pValue) => Number(pValue.toFixed(10)))).toEqual([
      0.03, 0.06, 0.06, 0.02,
    ]);
  });

  it('stays within 1', () => {
    expect(adjustForMany([0.9, 0.8])).toEqual([1, 1]);
    expect(adjustForMany([])).toEqual([]);
  });
});
