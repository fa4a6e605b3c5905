import { type BenchSetting, describeLoad, isPaced, type ScenarioName } from '../../results/index.js';

/** One setting that is measured, and how. */
export interface PlannedCell {
  readonly setting: BenchSetting;
  /** `stream`: in every round. `cancel`: the client leaves at a point of chance. `fresh`: once, on a server of its own. */
  readonly kind: MeasuredKind;
  /** Whether the server's peak is measured as well, on a server of its own. */
  readonly memory: boolean;
  /** Rounds that it takes part in at most: what takes seconds would leave no time for the rest. */
  readonly mostRounds: number;
  /** How long one sample takes, in milliseconds, as far as can be known before. */
  readonly expectedMs: number;
}

export type MeasuredKind = 'stream' | 'cancel' | 'fresh';

/** A question, and the cells that answer it. Cells that several scenarios share are measured once. */
export interface PlannedScenario {
  readonly name: ScenarioName;
  readonly question: string;
  readonly cells: readonly PlannedCell[];
}

/** Whether it has a rate that the server reaches by itself, and that more rounds make more precise. */
export function isRated({ kind, setting }: Pick<PlannedCell, 'kind' | 'setting'>): boolean {
  return kind === 'stream' && !isPaced(setting.load);
}

/** A setting in a few words, for messages and as a key: `chunk 500, check every 100, batches of 500`. */
export function describeSetting({ chunk, checkInterval, batchRows, load }: BenchSetting): string {
  const message = batchRows === null ? 'a row a message' : `batches of ${batchRows}`;
  const words = [`chunk ${chunk}`, `check every ${checkInterval}`, message, describeLoad(load)];
  return words.filter((word) => word !== '').join(', ');
}

/** Equal for settings that hold the same memory: how often a stream looks at cancellation does not change what it holds. */
export function memoryKey({ chunk, batchRows, load }: BenchSetting): string {
  return `${chunk}/${batchRows}/${describeLoad(load)}`;
}
