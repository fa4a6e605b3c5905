import type { BenchCell } from '../results/index.js';

/** `1234567` → `1,234,567`; past a million `1.23M`, so that a column keeps its width. */
export function formatCount(count: number): string {
  if (Math.abs(count) >= 1e6) return `${formatDigits(count / 1e6)}M`;
  return Math.round(count).toLocaleString('en-US');
}

/** A value and half the width of its interval, in one unit: `41.2k ± 0.6k`. */
export function formatSpread(value: number, [low, high]: readonly [number, number]): string {
  const { divisor, unit } = scaleOf(value);
  const digits = digitsOf(value / divisor);
  const show = (number: number) => `${(number / divisor).toFixed(digits)}${unit}`;
  return `${show(value)} ± ${show((high - low) / 2)}`;
}

/** A value in the unit that suits it: `45.8`, `41.2k`, `1.23M`. */
export function formatScaled(value: number): string {
  const { divisor, unit } = scaleOf(value);
  return `${formatDigits(value / divisor)}${unit}`;
}

/** Three significant digits: `0.42`, `8.31`, `41.2`, `318`. */
export function formatDigits(value: number): string {
  return value.toFixed(digitsOf(value));
}

/** Like `formatDigits`; blank for an unknown value. */
export function formatKnown(value: number | null): string {
  return value === null ? '' : formatDigits(value);
}

/** A duration in the unit that suits it: `850 ns`, `4.12 µs`, `12.3 ms`, `1.52 s`; blank for an unknown value. */
export function formatDuration(milliseconds: number | null): string {
  if (milliseconds === null) return '';
  if (milliseconds >= 1000) return `${formatDigits(milliseconds / 1000)} s`;
  if (milliseconds >= 1) return `${formatDigits(milliseconds)} ms`;
  if (milliseconds >= 0.001) return `${formatDigits(milliseconds * 1000)} µs`;
  return `${Math.round(milliseconds * 1e6)} ns`;
}

/** `0.974` → `97%`. */
export function formatPercent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

function scaleOf(value: number): { readonly divisor: number; readonly unit: string } {
  if (value >= 1e6) return { divisor: 1e6, unit: 'M' };
  if (value >= 1000) return { divisor: 1000, unit: 'k' };
  return { divisor: 1, unit: '' };
}

function digitsOf(value: number): number {
  if (value >= 100) return 0;
  return value >= 10 ? 1 : 2;
}

type Rated = Pick<BenchCell, 'rowsPerSecond' | 'rowsPerSecondCi' | 'samples'>;

/** A cell's rate with its spread; one sample has none. */
export function rateText({ rowsPerSecond, rowsPerSecondCi, samples }: Rated): string {
  return samples.length > 1 ? formatSpread(rowsPerSecond, rowsPerSecondCi) : formatScaled(rowsPerSecond);
}

/** A cell's time to the first row in milliseconds, likewise. */
export function firstRowText({ firstRowMs, firstRowMsCi, samples }: BenchCell): string {
  return samples.length > 1 ? formatSpread(firstRowMs, firstRowMsCi) : formatDigits(firstRowMs);
}
