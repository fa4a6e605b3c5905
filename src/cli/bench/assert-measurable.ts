import { UsageError } from '../../errors/index.js';
import type { BenchSettings } from '../../results/index.js';

/** Refuses what a project's table cannot be measured for, before anything is. */
export function assertMeasurable({ loads, rows, scenarios }: BenchSettings, tableRows: number): void {
  if (loads.rowBytes !== null) {
    throw new UsageError('bench.not_ours', '--row-bytes makes rows, and your project’s table has its own', {
      nextActions: ['leave it out, or give it with --demo'],
    });
  }
  const inParts = scenarios.includes('partitions') || (loads.partitions?.some((count) => count > 1) ?? false);
  if (!inParts || rows >= tableRows) return;
  throw new UsageError(
    'bench.part_of_table',
    `partitions are those of the whole table, which has ${tableRows} rows; --rows is ${rows}`,
    { nextActions: [`give --rows ${tableRows}, or leave partitions out`] },
  );
}
