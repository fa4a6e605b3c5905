import type { BenchCell, BenchResult, CancellationSample, TimeSplit } from '../model/index.js';
import { formatCount, formatDigits, formatDuration, formatPercent, formatSpread } from './format-number.js';
import { layOutTable } from './layout.js';
import type { Paint } from './paint.js';

/** Rows a second and what they cost, one line a setting. */
export function throughputTable({ cells }: BenchResult, paint: Paint): string {
  return layOutTable({
    head: [
      'chunk',
      'check\nevery',
      'rows/s',
      'MB/s',
      'server CPU\nµs a row',
      'client CPU\nµs a row',
      'server\npeak MB',
    ],
    sections: sectionsOf(cells, paint, (cell) => [
      formatCount(cell.chunk),
      formatCount(cell.checkInterval),
      formatSpread(cell.rowsPerSecond, cell.rowsPerSecondCi),
      formatDigits(cell.megabytesPerSecond),
      formatDigits(cell.serverCpuMicrosPerRow),
      formatDigits(cell.clientCpuMicrosPerRow),
      formatDigits(cell.serverPeakRssMb),
    ]),
  });
}

/** How soon the first row comes and how evenly the rest, and what the server waited for. */
export function latencyTable({ cells }: BenchResult, paint: Paint): string {
  return layOutTable({
    head: ['chunk', 'check\nevery', 'first row\nms', 'gap p50', 'gap p99', 'server time, %\ndb  enc drain other'],
    sections: sectionsOf(cells, paint, (cell) => [
      formatCount(cell.chunk),
      formatCount(cell.checkInterval),
      formatSpread(cell.firstRowMs, cell.firstRowMsCi),
      formatDuration(cell.gapP50Ms),
      formatDuration(cell.gapP99Ms),
      formatTimes(cell.times),
    ]),
  });
}

/** What the server did for a client that had left: the worst sample's rows, the usual times. */
export function cancellationTable({ cancellations }: BenchResult, paint: Paint): string {
  return layOutTable({
    head: [
      'chunk',
      'check\nevery',
      'client\ngot',
      'in\nflight',
      'server\nread',
      'at\nmost',
      '',
      'query\nms',
      'ended\nms',
    ],
    sections: [
      {
        rows: cancellations.map(({ chunk, checkInterval, worst, withinBound, lastQueryMs, endedMs }) => [
          formatCount(chunk),
          formatCount(checkInterval),
          ...countsOf(worst),
          withinBound ? paint.good('ok') : paint.bad('over'),
          formatDigits(lastQueryMs),
          formatDigits(endedMs),
        ]),
      },
    ],
  });
}

function countsOf({ receivedRows, inFlightRows, rowsRead, boundRows }: CancellationSample): string[] {
  return [receivedRows, inFlightRows, rowsRead, boundRows].map(formatCount);
}

/** One section a kind of stream; a single one needs no title. */
function sectionsOf(cells: readonly BenchCell[], paint: Paint, rowOf: (cell: BenchCell) => string[]) {
  const kinds = [...new Set(cells.map((cell) => cell.batchRows))];
  return kinds.map((batchRows) => ({
    title: paint.title(batchRows === null ? 'one row a message' : `batches of ${formatCount(batchRows)} rows`),
    rows: cells.filter((cell) => cell.batchRows === batchRows).map(rowOf),
  }));
}

function formatTimes({ databaseMs, encodeMs, drainMs, otherMs }: TimeSplit): string {
  const total = databaseMs + encodeMs + drainMs + otherMs;
  return [databaseMs, encodeMs, drainMs, otherMs]
    .map((part) => formatPercent(total === 0 ? 0 : part / total).replace('%', ''))
    .map((percent, index) => percent.padStart(index === 0 ? 3 : 5))
    .join('');
}
