import type { BenchCell, BenchResult, CancellationSample } from '../results/index.js';
import {
  cancellationKinds,
  cellAt,
  cellKinds,
  fastestOf,
  gcShare,
  heatOf,
  paretoFront,
  timeShares,
  valuesOf,
} from './cells.js';
import {
  addedText,
  chunkText,
  firstRowText,
  formatCount,
  formatDigits,
  formatDuration,
  formatKnown,
  formatPercent,
  formatPlainSpread,
  formatScaled,
  megabytesText,
  rateText,
  serverCpuText,
} from './format-number.js';
import { layOutTable, type Paint } from './terminal.js';

/** Rows a second and their cost, one line for each setting. */
export function throughputTable({ cells }: BenchResult, paint: Paint): string {
  const isMemoryKnown = cells.some(({ serverAddedMb }) => serverAddedMb !== null);
  return layOutTable({
    head: [
      'chunk',
      'check\nevery',
      'rows/s',
      'MB/s',
      'server CPU\nµs a row',
      ...(isMemoryKnown ? ['memory\n+MB'] : []),
    ],
    sections: sectionsOf(cells, paint, (cell) => [
      chunkText(cell),
      formatCount(cell.checkInterval),
      rateText(cell),
      megabytesText(cell),
      serverCpuText(cell),
      ...(isMemoryKnown ? [addedText(cell)] : []),
    ]),
  });
}

/** The time to the first row, and the gaps between messages. */
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

/** The server's time by phase, with its event loop and its garbage collector; empty if unknown. */
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

/** The rows that the server read for a client that had left (the worst sample), and median times. */
export function cancellationTable({ cancellations }: BenchResult, paint: Paint): string {
  return layOutTable({
    head: ['chunk', 'check\nevery', 'client\ngot', 'in\nflight', 'server\nread', 'at\nmost', '', 'ended\nms'],
    sections: cancellationKinds(cancellations).map(({ name, cancellations: own }) => ({
      ...(name === undefined ? {} : { title: paint.title(name) }),
      rows: own.map(({ chunk, checkInterval, worst, withinBound, ...times }) => [
        formatCount(chunk),
        formatCount(checkInterval),
        ...countsOf(worst),
        withinBound ? paint.good('ok') : paint.bad('over'),
        formatPlainSpread(times.endedMs, times.endedMsInterval),
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

/** Room for `1,234k` and a gap. */
const COLUMN = 9;

/**
 * Rows a second at each chunk and check interval; a warmer colour is faster. The fastest is marked, for readers without colours. Empty if
 * there is nothing to compare.
 */
export function heatMap({ cells }: BenchResult, paint: Paint): string {
  return cellKinds(cells)
    .filter(({ cells: own }) => own.length > 1)
    .map(({ name, cells: own }) => {
      const intervals = valuesOf(own, 'checkInterval');
      const best = fastestOf(own);
      const lines = valuesOf(own, 'chunk').map((chunk) => {
        const figures = intervals.map((interval) => {
          const cell = cellAt(own, chunk, interval);
          if (!cell) return ' '.repeat(COLUMN);
          const mark = cell.rowsPerSecond === best.rowsPerSecond ? '*' : ' ';
          return paint.heat(`${formatScaled(cell.rowsPerSecond)}${mark}`.padStart(COLUMN), heatOf(cell, own));
        });
        return formatCount(chunk).padStart(8) + figures.join('');
      });
      const head = `   chunk${intervals.map((interval) => `${formatCount(interval)} `.padStart(COLUMN)).join('')}`;
      return [paint.title(name), paint.faint(head), ...lines].join('\n');
    })
    .join('\n\n');
}

/** The settings that no other beats; empty if memory is unknown. */
export function paretoTable({ cells }: BenchResult, paint: Paint): string {
  const known = cells.filter(({ serverPeakRssMb }) => serverPeakRssMb !== null);
  if (known.length === 0) return '';
  const sections = cellKinds(known).map(({ name, cells: own }) => ({
    title: paint.title(name),
    rows: paretoFront(own)
      .filter(({ onFront }) => onFront)
      .map(({ cell }) => [
        formatCount(cell.chunk),
        formatCount(cell.checkInterval),
        formatCount(cell.rowsPerSecond),
        formatDigits(cell.serverPeakRssMb ?? 0),
        formatDigits(cell.firstRowMs),
      ]),
  }));
  return layOutTable({ head: ['chunk', 'check\nevery', 'rows/s', 'server\npeak MB', 'first\nrow ms'], sections });
}
