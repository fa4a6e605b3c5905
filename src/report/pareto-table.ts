import type { BenchResult } from '../results/index.js';
import { cellKinds } from './cell-kinds.js';
import { formatCount, formatDigits } from './format-number.js';
import { layOutTable } from './layout.js';
import type { Paint } from './paint.js';
import { paretoFront } from './pareto-front.js';

/** The settings that are left to choose from; empty where memory was not seen. */
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
