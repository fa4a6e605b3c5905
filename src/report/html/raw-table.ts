import type { BenchResult } from '../../model/index.js';
import { kindName } from '../cell-kinds.js';
import { formatCount, formatDigits, formatDuration, formatKnown, formatSpread } from '../format-number.js';
import type { SafeHtml } from './html.js';
import { htmlTable } from './html-table.js';

/** Every setting with all its figures. */
export function rawTable({ cells }: BenchResult): SafeHtml {
  return htmlTable({
    caption: 'Every setting; medians, half the 95% interval after ±',
    head: [
      'message',
      'chunk',
      'check every',
      'rows/s',
      'MB/s',
      'first row ms',
      'gap p50',
      'gap p99',
      'server CPU µs a row',
      'client CPU µs a row',
      'server peak MB',
      'n',
    ],
    rows: cells.map((cell) => [
      kindName(cell),
      formatCount(cell.chunk),
      formatCount(cell.checkInterval),
      formatSpread(cell.rowsPerSecond, cell.rowsPerSecondCi),
      formatDigits(cell.megabytesPerSecond),
      formatSpread(cell.firstRowMs, cell.firstRowMsCi),
      formatDuration(cell.gapP50Ms),
      formatDuration(cell.gapP99Ms),
      formatKnown(cell.serverCpuMicrosPerRow),
      formatDigits(cell.clientCpuMicrosPerRow),
      formatKnown(cell.serverPeakRssMb),
      String(cell.samples.length),
    ]),
  });
}

/** What clients that left cost. */
export function cancellationHtml({ cancellations }: BenchResult): SafeHtml {
  return htmlTable({
    caption: 'A client leaves part way: rows at worst, times usually',
    head: [
      'chunk',
      'check every',
      'client got',
      'in flight',
      'server read',
      'at most',
      'within',
      'query ms',
      'ended ms',
    ],
    rows: cancellations.map(({ chunk, checkInterval, worst, withinBound, lastQueryMs, endedMs }) => [
      formatCount(chunk),
      formatCount(checkInterval),
      formatCount(worst.receivedRows),
      formatCount(worst.inFlightRows),
      formatCount(worst.rowsRead),
      formatCount(worst.boundRows),
      withinBound ? 'yes' : 'NO',
      formatDigits(lastQueryMs),
      formatDigits(endedMs),
    ]),
  });
}
