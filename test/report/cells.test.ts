import { describe, expect, it } from 'vitest';
import { paretoFront } from '../../src/report/cells.js';
import { exampleResult } from '../support/bench-result.js';

const [cell] = exampleResult().cells;
if (!cell) throw new Error('the example has no cells');

const point = (rowsPerSecond: number, serverPeakRssMb: number | null, firstRowMs: number) => ({
  ...cell,
  rowsPerSecond,
  serverPeakRssMb,
  firstRowMs,
});

describe('paretoFront', () => {
  it('keeps what is best at something, and drops what another beats in all', () => {
    const front = paretoFront([
      point(100, 50, 5), // the leanest
      point(200, 90, 5), // the fastest
      point(150, 95, 1), // the soonest
      point(150, 95, 6), // beaten by the fastest
      point(100, 60, 5), // beaten by the leanest
    ]);
    expect(front.map(({ onFront }) => onFront)).toEqual([true, true, true, false, false]);
  });

  it('keeps both of two that are equal', () => {
    expect(paretoFront([point(1, 1, 1), point(1, 1, 1)]).every(({ onFront }) => onFront)).toBe(true);
  });

  it('leaves memory out where it was not seen', () => {
    expect(paretoFront([point(1, null, 1), point(2, null, 1)]).map(({ onFront }) => onFront)).toEqual([false, true]);
  });
});
