import type { BenchCell } from '../results/index.js';
import { formatDigits, formatScaled, formatSpread } from './format-number.js';

type Rated = Pick<BenchCell, 'rowsPerSecond' | 'rowsPerSecondCi' | 'samples'>;

/** A cell's rate with its spread; one sample has none. */
export function rateText({ rowsPerSecond, rowsPerSecondCi, samples }: Rated): string {
  return samples.length > 1 ? formatSpread(rowsPerSecond, rowsPerSecondCi) : formatScaled(rowsPerSecond);
}

/** A cell's time to the first row in milliseconds, likewise. */
export function firstRowText({ firstRowMs, firstRowMsCi, samples }: BenchCell): string {
  return samples.length > 1 ? formatSpread(firstRowMs, firstRowMsCi) : formatDigits(firstRowMs);
}
