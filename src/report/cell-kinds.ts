import { type BenchCancellation, type BenchCell, type BenchSetting, describeLoad } from '../results/index.js';
import { formatCount } from './format-number.js';

/** Cells that differ in chunk and check interval only. */
export interface CellKind {
  readonly name: string;
  readonly cells: readonly BenchCell[];
}

/** Cells by what a message is and what reads them, in their order. */
export function cellKinds(cells: readonly BenchCell[]): CellKind[] {
  const names = [...new Set(cells.map(kindName))];
  return names.map((name) => ({ name, cells: cells.filter((cell) => kindName(cell) === name) }));
}

/** Cancellations of streams that read alike. */
export interface CancellationKind {
  /** What sets them apart; undefined where all are alike. */
  readonly name: string | undefined;
  readonly cancellations: readonly BenchCancellation[];
}

/** Cancellations by what read the streams that were left, in their order. */
export function cancellationKinds(cancellations: readonly BenchCancellation[]): CancellationKind[] {
  const names = [...new Set(cancellations.map(({ load }) => describeLoad(load)))];
  return names.map((name) => ({
    name: name === '' && names.length === 1 ? undefined : name || 'the table as it is',
    cancellations: cancellations.filter(({ load }) => describeLoad(load) === name),
  }));
}

/** `one row a message`, `batches of 500 rows, 4 clients` */
export function kindName({ batchRows, load }: Pick<BenchSetting, 'batchRows' | 'load'>): string {
  const message = batchRows === null ? 'one row a message' : `batches of ${formatCount(batchRows)} rows`;
  return [message, describeLoad(load)].filter((words) => words !== '').join(', ');
}

/** The values of one setting that were measured, in ascending order. */
export function valuesOf(cells: readonly BenchCell[], setting: 'chunk' | 'checkInterval'): number[] {
  return [...new Set(cells.map((cell) => cell[setting]))].sort((a, b) => a - b);
}
