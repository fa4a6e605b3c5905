import { describe, expect, it } from 'vitest';
import {
  formatCount,
  formatDigits,
  formatDuration,
  formatPercent,
  formatSpread,
} from '../../src/report/format-number.js';

describe('numbers for people', () => {
  it('puts a value and its spread in one unit', () => {
    expect(formatSpread(41_234, [40_700, 41_900])).toBe('41.2k ± 0.6k');
    expect(formatSpread(1_234_000, [1_200_000, 1_300_000])).toBe('1.23M ± 0.05M');
    expect(formatSpread(8.314, [8, 9])).toBe('8.31 ± 0.50');
  });

  it('keeps the digits that count', () => {
    expect([0.4242, 8.314, 41.23, 318.4].map(formatDigits)).toEqual(['0.42', '8.31', '41.2', '318']);
  });

  it('chooses the unit of a duration', () => {
    expect([0.00085, 0.00412, 12.34, 1520].map(formatDuration)).toEqual(['850 ns', '4.12 µs', '12.3 ms', '1.52 s']);
  });

  it('groups thousands and shortens millions', () => {
    expect([999, 12_345, 1_234_567].map(formatCount)).toEqual(['999', '12,345', '1.23M']);
  });

  it('rounds shares', () => {
    expect(formatPercent(0.974)).toBe('97%');
  });
});
