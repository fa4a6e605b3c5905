import { type BenchSetting, describeLoad, describeSetting, isPaced, type ScenarioName } from '../../results/index.js';

/** One setting that is measured, and how. */
export interface PlannedCell {
  readonly setting: BenchSetting;
  readonly kind: MeasuredKind;
  /** Whether the server's peak is measured as well, on a new server. */
  readonly memory: boolean;
  /** The most rounds in which it takes part: samples of seconds would leave no time for the others. */
  readonly mostRounds: number;
  /** The estimated duration of one sample, in milliseconds. */
  readonly expectedMs: number;
}

/** `stream`: in every round. `cancel`: the client leaves at a random row. `fresh`: once, on a new server. */
export type MeasuredKind = 'stream' | 'cancel' | 'fresh';

/** A question, and the cells that answer it. Cells that several scenarios share are measured once. */
export interface PlannedScenario {
  readonly name: ScenarioName;
  readonly question: string;
  readonly cells: readonly PlannedCell[];
}

/** Whether the server determines its rate, so that more rounds make it more precise. */
export function isRated({ kind, setting }: Pick<PlannedCell, 'kind' | 'setting'>): boolean {
  return kind === 'stream' && !isPaced(setting.load);
}

/** Equal for cells that are measured in the same way. */
export function cellKey({ kind, setting }: Pick<PlannedCell, 'kind' | 'setting'>): string {
  return `${kind} ${describeSetting(setting)}`;
}

/** Equal for settings that hold the same memory: the check interval does not change the memory. */
export function memoryKey({ chunk, batchRows, load }: BenchSetting): string {
  return `${chunk}/${batchRows}/${describeLoad(load)}`;
}
