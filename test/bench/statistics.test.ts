import { describe, expect, it } from 'vitest';
import { medianInterval } from '../../src/bench/statistics/intervals.js';
import { signedRankTest } from '../../src/bench/statistics/rank-tests.js';
import { randomInteger, seededRandom, shuffled } from '../../src/bench/statistics/seeded-random.js';
import { latencyFigures, median } from '../../src/bench/statistics/statistics.js';

describe('median', () => {
  it('is the middle of an odd number and the mean of the middle two of an even one', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('leaves its samples in their order', () => {
    const samples = [3, 1, 2];
    median(samples);
    expect(samples).toEqual([3, 1, 2]);
  });
});

describe('medianInterval', () => {
  it('is none for five samples: even the lowest and the highest enclose the median in 15 of 16 runs only', () => {
    expect(medianInterval([1, 2, 3, 4, 5])).toBeNull();
    expect(medianInterval([1, 2, 3, 4, 5, 6])).not.toBeNull();
  });

  it.each([6, 8, 10, 15, 25])('of %i samples encloses the true median in 95 runs of 100', (count) => {
    const random = seededRandom(7);
    const trials = Array.from({ length: 4000 }, () => {
      const [low, high] = medianInterval(Array.from({ length: count }, () => random() ** 3)) ?? [0, 0];
      return low <= 0.125 && 0.125 <= high;
    });
    const share = trials.filter(Boolean).length / trials.length;
    expect(share).toBeGreaterThan(0.935);
    expect(share).toBeLessThan(0.975);
  });
});

describe('latencyFigures', () => {
  it('are percentiles to three digits, and none that the number of reads cannot show', () => {
    const figures = latencyFigures(Array.from({ length: 1000 }, (_, index) => index + 1));
    expect(figures?.reads).toBe(1000);
    expect(figures?.p50Ms).toBeCloseTo(500, -1);
    expect(figures?.p90Ms).toBeCloseTo(900, -1);
    expect(figures?.p99Ms).toBeCloseTo(990, -1);
    expect(figures?.p999Ms).toBeCloseTo(999, -1);
    expect(figures?.maxMs).toBe(1000);
    expect(latencyFigures([1, 2, 3])).toMatchObject({ p99Ms: null, p999Ms: null, maxMs: 3 });
    expect(latencyFigures([])).toBeNull();
  });
});

describe('signedRankTest', () => {
  it('gives the exact chance: one way in 2^n that all differences are below zero', () => {
    expect(signedRankTest([-1, -2, -3, -4, -5])).toBeCloseTo(1 / 32, 10);
    expect(signedRankTest([-1, -2, -3])).toBeCloseTo(1 / 8, 10);
  });

  it('counts every way to a sum: {1}, {} of 8 for three differences whose smallest is above zero', () => {
    expect(signedRankTest([1, -2, -3])).toBeCloseTo(2 / 8, 10);
  });

  it('is 1 for differences all above zero, and for none at all', () => {
    expect(signedRankTest([1, 2, 3])).toBe(1);
    expect(signedRankTest([0, 0])).toBe(1);
  });

  it('gives equal differences the middle of their ranks', () => {
    expect(signedRankTest([-1, -1, 1])).toBeCloseTo(4 / 8, 10);
  });

  it('changes hands from the exact to the normal distribution without a step', () => {
    const sixty = Array.from({ length: 60 }, (_, index) => (index % 5 < 3 ? -1 : 1) * (index + 1));
    const withOneMore = [...sixty, 0.001];
    expect(Math.abs(signedRankTest(sixty) - signedRankTest(withOneMore))).toBeLessThan(0.02);
  });

  it('finds no difference where there is none in about 19 of 20 trials', () => {
    const random = seededRandom(3);
    const found = Array.from({ length: 400 }, () =>
      signedRankTest(Array.from({ length: 15 }, () => random() - 0.5)),
    ).filter((pValue) => pValue < 0.05);
    expect(found.length).toBeLessThan(36);
  });
});

describe('seededRandom', () => {
  it('repeats itself for one seed and differs for another', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return [random(), random(), random()];
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });

  it('reaches both ends of a range of whole numbers, and nothing beyond', () => {
    const random = seededRandom(1);
    const seen = new Set(Array.from({ length: 200 }, () => randomInteger(random, 3, 6)));
    expect([...seen].sort()).toEqual([3, 4, 5, 6]);
  });
});

describe('shuffled', () => {
  it('keeps every item once and puts each first about as often as the others', () => {
    const random = seededRandom(2);
    const firsts = [0, 0, 0, 0];
    for (let trial = 0; trial < 4000; trial++) {
      const order = shuffled([0, 1, 2, 3], random);
      expect([...order].sort()).toEqual([0, 1, 2, 3]);
      firsts[order[0] ?? 0] = (firsts[order[0] ?? 0] ?? 0) + 1;
    }
    for (const count of firsts) expect(count).toBeGreaterThan(880);
  });
});
