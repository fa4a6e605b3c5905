import { type BenchCell, type BenchLoad, loadWords, type ScenarioName } from '../results/index.js';
import { formatCount } from './format-number.js';
import { methodNames } from './method-names.js';

/** Everything that one cell of a scenario was measured at, a word each. */
export function cellWords(name: ScenarioName, { load, chunk, checkInterval, batchRows }: BenchCell): string[] {
  const plain = plainly[name]?.(load);
  return [
    ...(comparing.includes(name) ? [methodNames[load.method]] : []),
    ...(plain === undefined ? [] : [plain]),
    ...loadWords({ ...load, method: 'stream' }),
    ...(batchRows === null ? [] : [`batches of ${formatCount(batchRows)}`]),
    `chunk ${formatCount(chunk)}`,
    `check every ${formatCount(checkInterval)}`,
  ];
}

/** Scenarios that hold ways to read against each other. */
const comparing: readonly ScenarioName[] = ['memory', 'legacy', 'offset', 'plain'];

/** What goes without saying elsewhere, and is one of the values that these compare. */
const plainly: Readonly<Partial<Record<ScenarioName, (load: BenchLoad) => string | undefined>>> = {
  'many-clients': ({ clients }) => (clients === 1 ? '1 client' : undefined),
  partitions: ({ partitions }) => (partitions === 1 ? 'in one piece' : undefined),
  distance: ({ rttMs }) => (rttMs === 0 ? 'no distance' : undefined),
};
