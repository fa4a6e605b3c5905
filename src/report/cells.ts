import {
  type BenchCancellation,
  type BenchCell,
  type BenchChunk,
  type BenchSetting,
  describeLoad,
  inOrder,
  type TimeSplit,
} from '../results/index.js';
import { formatCount, formatPercent } from './format-number.js';

/** Cells that differ in chunk and check interval only. */
export interface CellKind {
  readonly name: string;
  readonly cells: readonly BenchCell[];
}

/** Cells by what a message is and by their load, in their order. */
export function cellKinds(cells: readonly BenchCell[]): CellKind[] {
  const names = [...new Set(cells.map(kindName))];
  return names.map((name) => ({ name, cells: cells.filter((cell) => kindName(cell) === name) }));
}

/** `one row a message`, `batches of 500 rows, 4 clients` */
export function kindName({ batchRows, load }: Pick<BenchSetting, 'batchRows' | 'load'>): string {
  const message = batchRows === null ? 'one row a message' : `batches of ${formatCount(batchRows)} rows`;
  return [message, describeLoad(load)].filter((words) => words !== '').join(', ');
}

/** Cancellations of streams that read alike. */
export interface CancellationKind {
  /** How their load differs from the others; undefined where all are alike. */
  readonly name: string | undefined;
  readonly cancellations: readonly BenchCancellation[];
}

/** Cancellations by the load of the streams that were left, in their order. */
export function cancellationKinds(cancellations: readonly BenchCancellation[]): CancellationKind[] {
  const names = [...new Set(cancellations.map(({ load }) => describeLoad(load)))];
  return names.map((name) => ({
    name: name === '' && names.length === 1 ? undefined : name || 'the table as it is',
    cancellations: cancellations.filter(({ load }) => describeLoad(load) === name),
  }));
}

/** The values of one setting that were measured, in ascending order; `auto` last. */
export function valuesOf<Setting extends 'chunk' | 'checkInterval'>(
  cells: readonly BenchCell[],
  setting: Setting,
): BenchCell[Setting][] {
  return inOrder(cells.map((cell) => cell[setting]));
}

/** The cell of one chunk and one check interval, where it was measured. */
export function cellAt(cells: readonly BenchCell[], chunk: BenchChunk, checkInterval: number): BenchCell | undefined {
  return cells.find((cell) => cell.chunk === chunk && cell.checkInterval === checkInterval);
}

/** The cell with the highest rate. */
export function fastestOf(cells: readonly BenchCell[]): BenchCell {
  return cells.reduce((most, cell) => (cell.rowsPerSecond > most.rowsPerSecond ? cell : most));
}

/** The rank of a cell's rate among others: 0 the slowest, 1 the fastest. */
export function heatOf({ rowsPerSecond }: BenchCell, others: readonly BenchCell[]): number {
  const rates = others.map((cell) => cell.rowsPerSecond);
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  return high === low ? 1 : (rowsPerSecond - low) / (high - low);
}

/** A cell, and whether no other cell is at least as good in everything and better in something. */
export interface ParetoPoint {
  readonly cell: BenchCell;
  readonly onFront: boolean;
}

/**
 * The Pareto front: cells that no other cell beats in rate, memory and first row at once. It compares medians: two neighbours on the front
 * may differ by less than the noise.
 */
export function paretoFront(cells: readonly BenchCell[]): ParetoPoint[] {
  return cells.map((cell) => ({ cell, onFront: !cells.some((other) => dominates(other, cell)) }));
}

function dominates(one: BenchCell, other: BenchCell): boolean {
  const [better, worse] = [goodnessOf(one), goodnessOf(other)];
  return (
    better.every((value, index) => value >= (worse[index] ?? 0)) &&
    better.some((value, index) => value > (worse[index] ?? 0))
  );
}

/** More is better; unknown memory counts alike for all. */
function goodnessOf({ rowsPerSecond, serverPeakRssMb, firstRowMs }: BenchCell): readonly number[] {
  return [rowsPerSecond, -(serverPeakRssMb ?? 0), -firstRowMs];
}

/** One of the parts of a stream's time. */
interface TimePart {
  readonly key: keyof TimeSplit;
  readonly name: string;
}

/** In the order in which a row passes them. */
export const timeParts: readonly TimePart[] = [
  { key: 'databaseMs', name: 'database' },
  { key: 'encodeMs', name: 'encoding' },
  { key: 'writeMs', name: 'writing' },
  { key: 'drainMs', name: 'waiting for the client' },
  { key: 'otherMs', name: 'idle' },
];

/** What the shares mean, in a sentence for a note. */
export const timeNote =
  'Shares of a stream’s time on the server: waiting for the database, encoding, writing to the socket, waiting for the client to take more; idle is the rest, in which it waited for its turn.';

/** The share of each part, in their order; undefined if unknown. */
export function timeShares({ times }: Pick<BenchCell, 'times'>): readonly number[] | undefined {
  if (times === null) return undefined;
  const total = timeParts.reduce((sum, { key }) => sum + times[key], 0);
  return timeParts.map(({ key }) => (total === 0 ? 0 : times[key] / total));
}

/** The garbage collector's share of the wall time, which is also part of the other shares; blank if unknown. */
export function gcShare({ gcMs, rows, rowsPerSecond }: Pick<BenchCell, 'gcMs' | 'rows' | 'rowsPerSecond'>): string {
  return gcMs === null ? '' : formatPercent(gcMs / ((rows / rowsPerSecond) * 1000));
}
