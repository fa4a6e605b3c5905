import { type BenchSetting, describeLoad, describeSetting, isPaced, type ScenarioName } from '../../results/index.js';

/** One setting that is measured, and how. */
export interface PlannedCell {
  readonly setting: BenchSetting;
  readonly kind: MeasuredKind;
  /** Whether the server's peak is measured as well, on a server of its own. */
  readonly memory: boolean;
  /** Most rounds that it takes part in: a sample of seconds would leave no time for the others. */
  readonly mostRounds: number;
  /** How long one sample takes, in milliseconds, as far as can be known before. */
  readonly expectedMs: number;
}

/** `stream`: in every round. `cancel`: the client leaves at a random row. `fresh`: once, on a server of its own. */
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

/** Equal for cells that are measured in the same way. */
export function cellKey({ kind, setting }: Pick<PlannedCell, 'kind' | 'setting'>): string {
  return `${kind} ${describeSetting(setting)}`;
}

/** Equal for settings that hold the same memory: how often a stream looks at cancellation does not change what it holds. */
export function memoryKey({ chunk, batchRows, load }: BenchSetting): string {
  return `${chunk}/${batchRows}/${describeLoad(load)}`;
}
