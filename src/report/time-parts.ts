import type { BenchCell, TimeSplit } from '../results/index.js';
import { formatPercent } from './format-number.js';

/** One of the things that a stream's time goes into. */
export interface TimePart {
  readonly key: keyof TimeSplit;
  readonly name: string;
}

/** In the order in which a row meets them. */
export const timeParts: readonly TimePart[] = [
  { key: 'databaseMs', name: 'database' },
  { key: 'encodeMs', name: 'encoding' },
  { key: 'writeMs', name: 'writing' },
  { key: 'drainMs', name: 'waiting for the client' },
  { key: 'otherMs', name: 'idle' },
];

/** What the shares mean, in a sentence for a note. */
export const timeNote =
  'Shares of a stream’s time on the server: waiting for the database, encoding, writing to the socket, waiting for the client to take more; idle is the rest, in which it waited for its turn.';

/** The share of each part, in their order; undefined where that cannot be seen. */
export function timeShares({ times }: Pick<BenchCell, 'times'>): readonly number[] | undefined {
  if (times === null) return undefined;
  const total = timeParts.reduce((sum, { key }) => sum + times[key], 0);
  return timeParts.map(({ key }) => (total === 0 ? 0 : times[key] / total));
}

/** The garbage collector's share of the wall time: a part of the others, beside them; blank where it cannot be seen. */
export function gcShare({ gcMs, rows, rowsPerSecond }: Pick<BenchCell, 'gcMs' | 'rows' | 'rowsPerSecond'>): string {
  return gcMs === null ? '' : formatPercent(gcMs / ((rows / rowsPerSecond) * 1000));
}
