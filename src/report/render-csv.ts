import { stringify } from 'csv-stringify/sync';
import type { BenchCell, BenchResult } from '../model/index.js';

/**
 * Every sample of every scenario, one a line, for a spreadsheet or a data frame; what could not be seen is empty. A text
 * that a spreadsheet would take for a formula is kept from being one.
 */
export function renderCsv(result: BenchResult): string {
  const groups = [{ name: 'throughput', cells: result.cells }, ...result.scenarios];
  const records = groups.flatMap(({ name, cells }) => cells.flatMap((cell) => recordsOf(name, cell)));
  return stringify(records, { header: true, escape_formulas: true });
}

function recordsOf(scenario: string, cell: BenchCell): Record<string, string | number | null>[] {
  const { chunk, checkInterval, mode, batchRows, load, samples } = cell;
  return samples.map(({ times, latency, ...figures }) => ({
    scenario,
    chunk,
    checkInterval,
    mode,
    batchRows,
    method: load.method,
    limit: load.rows,
    rowBytes: load.rowBytes,
    clients: load.clients,
    partitions: load.partitions,
    rttMs: load.rttMs,
    windowBytes: load.windowBytes,
    consistency: load.consistency,
    paceRowsPerSecond: load.paceRowsPerSecond,
    readsPerSecond: load.readsPerSecond,
    ...figures,
    databaseMs: times?.databaseMs ?? null,
    encodeMs: times?.encodeMs ?? null,
    writeMs: times?.writeMs ?? null,
    drainMs: times?.drainMs ?? null,
    otherMs: times?.otherMs ?? null,
    readP50Ms: latency?.p50Ms ?? null,
    readP90Ms: latency?.p90Ms ?? null,
    readP99Ms: latency?.p99Ms ?? null,
    readMaxMs: latency?.maxMs ?? null,
  }));
}
