import type { BenchCell } from '../model/index.js';
import { formatDigits, formatSpread } from './format-number.js';

/** A cell's rate with its spread; one sample has none. */
export function rateText({ rowsPerSecond, rowsPerSecondCi, samples }: BenchCell): string {
  if (samples.length > 1) return formatSpread(rowsPerSecond, rowsPerSecondCi);
  return `${formatDigits(rowsPerSecond / 1000)}k`;
}
