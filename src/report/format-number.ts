import type { BenchCell, BenchChunk, Interval } from '../results/index.js';

/** `1234567` → `1,234,567`; past a million `1.23M`, so that a column keeps its width. A chunk of `auto` stays that word. */
export function formatCount(count: BenchChunk): string {
  if (count === 'auto') return count;
  if (Math.abs(count) >= 1e6) return `${formatDigits(count / 1e6)}M`;
  return Math.round(count).toLocaleString('en-US');
}

/**
 * A value and half the width of its interval, in one unit and with the digits that the interval supports: `41.2k ± 0.6k`; the value
 * alone where it has no interval.
 */
export function formatSpread(value: number, interval: Interval | null): string {
  return spreadText(value, interval, scaleOf(value));
}

/** The same without a unit, for what is in one already: `12.3 ± 0.4`. */
export function formatPlainSpread(value: number, interval: Interval | null): string {
  return spreadText(value, interval, { divisor: 1, unit: '' });
}

function spreadText(value: number, interval: Interval | null, { divisor, unit }: Scale): string {
  if (interval === null) return `${formatDigits(value / divisor)}${unit}`;
  const half = (interval[1] - interval[0]) / 2;
  const digits = supportedDigits(value / divisor, half / divisor);
  const show = (number: number) => `${(number / divisor).toFixed(digits)}${unit}`;
  return `${show(value)} ± ${show(half)}`;
}

/** Two digits of the spread, and no more than three of the value. */
function supportedDigits(value: number, half: number): number {
  const ofSpread = half === 0 ? digitsOf(value) : 1 - Math.floor(Math.log10(half));
  return Math.max(0, Math.min(digitsOf(value), ofSpread));
}

/** The least and the most of a few, `12.1–14.0`; the value alone where there was one, blank where it could not be seen. */
export function formatRange(value: number | null, range: Interval | null): string {
  if (value === null || range === null) return formatKnown(value);
  const digits = digitsOf(value);
  const [low, high] = range.map((end) => end.toFixed(digits));
  return low === high ? `${low}` : `${low}–${high}`;
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

interface Scale {
  readonly divisor: number;
  readonly unit: string;
}

function scaleOf(value: number): Scale {
  if (value >= 1e6) return { divisor: 1e6, unit: 'M' };
  if (value >= 1000) return { divisor: 1000, unit: 'k' };
  return { divisor: 1, unit: '' };
}

function digitsOf(value: number): number {
  if (value >= 100) return 0;
  return value >= 10 ? 1 : 2;
}

/** A cell's chunk; with `auto`, also the rows that its streams found in the end: `auto, 1,420`. */
export function chunkText({ chunk, chunkRows }: Pick<BenchCell, 'chunk' | 'chunkRows'>): string {
  return chunkRows === undefined ? formatCount(chunk) : `${formatCount(chunk)}, ${formatCount(chunkRows)}`;
}

/** A cell's rate with its spread. */
export function rateText({ rowsPerSecond, intervals }: BenchCell): string {
  return formatSpread(rowsPerSecond, intervals.rowsPerSecond);
}

/** A cell's megabytes a second, likewise. */
export function megabytesText({ megabytesPerSecond, intervals }: BenchCell): string {
  return formatPlainSpread(megabytesPerSecond, intervals.megabytesPerSecond);
}

/** A cell's time to the first row in milliseconds, likewise. */
export function firstRowText({ firstRowMs, intervals }: BenchCell): string {
  return formatPlainSpread(firstRowMs, intervals.firstRowMs);
}

/** CPU time of a cell's server for a row in microseconds, likewise; blank where it could not be seen. */
export function serverCpuText({ serverCpuMicrosPerRow, intervals }: BenchCell): string {
  if (serverCpuMicrosPerRow === null) return '';
  return formatPlainSpread(serverCpuMicrosPerRow, intervals.serverCpuMicrosPerRow);
}

/** The same of its clients. */
export function clientCpuText({ clientCpuMicrosPerRow, intervals }: BenchCell): string {
  return formatPlainSpread(clientCpuMicrosPerRow, intervals.clientCpuMicrosPerRow);
}

/** What a cell's streams added to the memory of new servers, in megabytes, from the least to the most. */
export function addedText({ serverAddedMb, intervals }: BenchCell): string {
  return formatRange(serverAddedMb, intervals.serverAddedMb);
}

/** The most memory that such servers held. */
export function peakText({ serverPeakRssMb, intervals }: BenchCell): string {
  return formatRange(serverPeakRssMb, intervals.serverPeakRssMb);
}
