import type { BenchCell, BenchResult, CancellationSample, TimeSplit } from '../model/index.js';
import { cellKinds } from './cell-kinds.js';
import {
  formatCount,
  formatDigits,
  formatDuration,
  formatKnown,
  formatPercent,
  formatSpread,
} from './format-number.js';
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
      formatKnown(cell.serverCpuMicrosPerRow),
      formatDigits(cell.clientCpuMicrosPerRow),
      formatKnown(cell.serverPeakRssMb),
    ]),
  });
}

/** How soon the first row comes and how evenly the rest, and what the server waited for. */
export function latencyTable({ cells }: BenchResult, paint: Paint): string {
  return layOutTable({
    head: ['chunk', 'check\nevery', 'first row\nms', 'gap p50', 'gap p99', 'server time, %\ndb enc wrt drn oth'],
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

/** One section a kind of stream. */
function sectionsOf(cells: readonly BenchCell[], paint: Paint, rowOf: (cell: BenchCell) => string[]) {
  return cellKinds(cells).map(({ name, cells: own }) => ({ title: paint.title(name), rows: own.map(rowOf) }));
}

function formatTimes(times: TimeSplit | null): string {
  if (times === null) return '';
  const { databaseMs, encodeMs, writeMs, drainMs, otherMs } = times;
  const parts = [databaseMs, encodeMs, writeMs, drainMs, otherMs];
  const total = parts.reduce((sum, part) => sum + part, 0);
  return parts
    .map((part) => formatPercent(total === 0 ? 0 : part / total).replace('%', ''))
    .map((percent, index) => percent.padStart(index === 0 ? 2 : 4))
    .join('');
}
