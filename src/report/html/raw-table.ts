import type { BenchCell, BenchResult } from '../../results/index.js';
import { type CancellationKind, cancellationKinds, kindName } from '../cell-kinds.js';
import { formatCount, formatDigits, formatDuration, formatKnown, formatPercent } from '../format-number.js';
import { firstRowText, rateText } from '../rate-text.js';
import { gcShare, timeParts, timeShares } from '../time-parts.js';
import { html, type SafeHtml } from './html.js';
import { htmlTable } from './html-table.js';

/** Every setting of every scenario with all its figures. */
export function rawTable({ cells, scenarios }: BenchResult): SafeHtml {
  const groups = [{ name: 'throughput', cells }, ...scenarios];
  return htmlTable({
    caption: 'Every setting; medians, half the 95% interval after ±',
    head: [
      'scenario',
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
      ...timeParts.map((part) => part.name),
      'event loop late, p99 ms',
      'garbage collector',
      'n',
    ],
    rows: groups.flatMap(({ name, cells: own }) => own.map((cell) => rowOf(name, cell))),
  });
}

function rowOf(scenario: string, cell: BenchCell): string[] {
  return [
    `${scenario}, ${kindName(cell)}`,
    formatCount(cell.chunk),
    formatCount(cell.checkInterval),
    rateText(cell),
    formatDigits(cell.megabytesPerSecond),
    firstRowText(cell),
    formatDuration(cell.gapP50Ms),
    formatDuration(cell.gapP99Ms),
    formatKnown(cell.serverCpuMicrosPerRow),
    formatDigits(cell.clientCpuMicrosPerRow),
    formatKnown(cell.serverPeakRssMb),
    ...(timeShares(cell)?.map(formatPercent) ?? timeParts.map(() => '')),
    formatKnown(cell.eventLoopP99Ms),
    gcShare(cell),
    String(cell.samples.length),
  ];
}

/** What clients that left cost. */
export function cancellationHtml({ cancellations }: BenchResult): SafeHtml {
  return html`${cancellationKinds(cancellations).map(kindHtml)}`;
}

function kindHtml({ name, cancellations }: CancellationKind): SafeHtml {
  const ofKind = name === undefined ? '' : `, ${name}`;
  return htmlTable({
    caption: `A client leaves part way${ofKind}: rows at worst, times usually`,
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
