import { stringify } from 'csv-stringify/sync';
import type { BenchCancellation, BenchCell, BenchResult, BenchSetting } from '../results/index.js';

/**
 * Every sample of every scenario, one in a line, for a spreadsheet or a data frame; unknown values are empty. A text that a spreadsheet would
 * read as a formula is escaped.
 */
export function renderCsv(result: BenchResult): string {
  const groups = [{ name: 'throughput', cells: result.cells }, ...result.scenarios];
  const records = [
    ...groups.flatMap(({ name, cells }) => cells.flatMap((cell) => recordsOf(name, cell))),
    ...result.cancellations.flatMap(cancellationRecords),
  ];
  /** Samples of two kinds have columns of their own; a header holds them all. */
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return stringify(records, { header: true, columns, escape_formulas: true });
}

type Value = string | number | null;

function cancellationRecords({ chunk, checkInterval, load, samples }: BenchCancellation): Record<string, Value>[] {
  const setting = settingRecord('cancel', { chunk, checkInterval, mode: 'rows', batchRows: null, load });
  return samples.map(({ withinBound, ...figures }) => ({ ...setting, ...figures, withinBound: `${withinBound}` }));
}

function settingRecord(scenario: string, { chunk, checkInterval, mode, batchRows, load }: BenchSetting) {
  const { rows: limit, ...ofLoad } = load;
  return { scenario, chunk, checkInterval, mode, batchRows, limit, ...ofLoad };
}

function recordsOf(scenario: string, cell: BenchCell): Record<string, Value>[] {
  return cell.samples.map(
    ({ readings, times, latency, firstRowLatency, readsMs, firstRowsMs, firstRowStreamsMs, ...figures }) => ({
      ...settingRecord(scenario, cell),
      readings: readings ?? 1,
      ...figures,
      databaseMs: times?.databaseMs ?? null,
      encodeMs: times?.encodeMs ?? null,
      writeMs: times?.writeMs ?? null,
      drainMs: times?.drainMs ?? null,
      otherMs: times?.otherMs ?? null,
      readP50Ms: latency?.p50Ms ?? null,
      readP90Ms: latency?.p90Ms ?? null,
      readP99Ms: latency?.p99Ms ?? null,
      readP999Ms: latency?.p999Ms ?? null,
      readMaxMs: latency?.maxMs ?? null,
      readFirstRowP50Ms: firstRowLatency?.p50Ms ?? null,
      readFirstRowP90Ms: firstRowLatency?.p90Ms ?? null,
      readFirstRowP99Ms: firstRowLatency?.p99Ms ?? null,
      readFirstRowP999Ms: firstRowLatency?.p999Ms ?? null,
      readFirstRowMaxMs: firstRowLatency?.maxMs ?? null,
    }),
  );
}
