import type { BenchCell, BenchResult, BenchSample, BenchSetting } from '../../model/index.js';

/** What of a cell is compared. */
export interface RatedCell extends BenchSetting, Pick<BenchCell, 'rowsPerSecond'> {
  readonly samples: readonly Pick<BenchSample, 'round' | 'rowsPerSecond'>[];
}

/** What of a result is compared. */
export interface RatedRun extends Pick<BenchResult, 'startedAt' | 'rounds' | 'environment' | 'table' | 'warnings'> {
  readonly cells: readonly RatedCell[];
}
