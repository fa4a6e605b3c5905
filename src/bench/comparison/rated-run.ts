import { type BenchCell, type BenchResult, type BenchSample, type BenchSetting, isPaced } from '../../results/index.js';
import { describeSetting } from '../scenarios/planned-cell.js';

/** What of a cell is compared. */
export interface RatedCell extends BenchSetting, Pick<BenchCell, 'rowsPerSecond'> {
  readonly samples: readonly Pick<BenchSample, 'round' | 'rowsPerSecond'>[];
}

/** What of a result is compared. */
export interface RatedRun extends Pick<BenchResult, 'startedAt' | 'rounds' | 'environment' | 'table' | 'warnings'> {
  readonly cells: readonly RatedCell[];
}

/** A result's rates: those of the sweep and of the other scenarios, each once. Other ways to read are not what is judged. */
export function ratedRun(result: BenchResult): RatedRun {
  const all = [...result.cells, ...result.scenarios.flatMap(({ cells }) => cells)];
  const rated = all.filter(
    ({ load, samples }) => load.method === 'stream' && !isPaced(load) && samples[0]?.round !== 0,
  );
  return { ...result, cells: [...new Map(rated.map((cell) => [describeSetting(cell), cell])).values()] };
}
