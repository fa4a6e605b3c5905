import type { BenchCell, BenchResult, CancellationSample } from '../results/index.js';
import { cancellationKinds, cellKinds } from './cell-kinds.js';
import { formatCount, formatDigits, formatDuration, formatKnown, formatPercent } from './format-number.js';
import { layOutTable } from './layout.js';
import type { Paint } from './paint.js';
import { firstRowText, rateText } from './rate-text.js';
import { gcShare, timeShares } from './time-parts.js';

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
      rateText(cell),
      formatDigits(cell.megabytesPerSecond),
      formatKnown(cell.serverCpuMicrosPerRow),
      formatDigits(cell.clientCpuMicrosPerRow),
      formatKnown(cell.serverPeakRssMb),
    ]),
  });
}

/** How soon the first row comes, and how evenly the rest. */
export function latencyTable({ cells }: BenchResult, paint: Paint): string {
  return layOutTable({
    head: ['chunk', 'check\nevery', 'first row\nms', 'gap p50', 'gap p99'],
    sections: sectionsOf(cells, paint, (cell) => [
      formatCount(cell.chunk),
      formatCount(cell.checkInterval),
      firstRowText(cell),
      formatDuration(cell.gapP50Ms),
      formatDuration(cell.gapP99Ms),
    ]),
  });
}

/** Where the server's time went, and what its event loop and its garbage collector did meanwhile; empty where unseen. */
export function timeTable({ cells }: BenchResult, paint: Paint): string {
  const seen = cells.filter(({ times }) => times !== null);
  if (seen.length === 0) return '';
  return layOutTable({
    head: ['chunk', 'check\nevery', 'data-\nbase', 'encode', 'write', 'client', 'idle', 'loop\np99 ms', 'GC'],
    sections: sectionsOf(seen, paint, (cell) => [
      formatCount(cell.chunk),
      formatCount(cell.checkInterval),
      ...(timeShares(cell) ?? []).map(formatPercent),
      formatKnown(cell.eventLoopP99Ms),
      gcShare(cell),
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
    sections: cancellationKinds(cancellations).map(({ name, cancellations: own }) => ({
      ...(name === undefined ? {} : { title: paint.title(name) }),
      rows: own.map(({ chunk, checkInterval, worst, withinBound, lastQueryMs, endedMs }) => [
        formatCount(chunk),
        formatCount(checkInterval),
        ...countsOf(worst),
        withinBound ? paint.good('ok') : paint.bad('over'),
        formatDigits(lastQueryMs),
        formatDigits(endedMs),
      ]),
    })),
  });
}

function countsOf({ receivedRows, inFlightRows, rowsRead, boundRows }: CancellationSample): string[] {
  return [receivedRows, inFlightRows, rowsRead, boundRows].map(formatCount);
}

/** One section a kind of stream. */
function sectionsOf(cells: readonly BenchCell[], paint: Paint, rowOf: (cell: BenchCell) => string[]) {
  return cellKinds(cells).map(({ name, cells: own }) => ({ title: paint.title(name), rows: own.map(rowOf) }));
}
