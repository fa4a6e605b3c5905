import type {
  BenchSample,
  BenchSetting,
  BenchSettings,
  CancellationSample,
  RoundConditions,
} from '../../results/index.js';
import type { Executor } from '../executor.js';
import { cellKey, type MeasuredKind, memoryKey } from '../scenarios/planned-cell.js';

/** One measurement that was made; in this form it is kept on disk. */
export type Measurement =
  | { readonly kind: 'stream' | 'fresh'; readonly setting: BenchSetting; readonly sample: BenchSample }
  | { readonly kind: 'cancel'; readonly setting: BenchSetting; readonly sample: CancellationSample }
  | { readonly kind: 'round'; readonly conditions: RoundConditions };

/** One measurement of a setting. */
type SettingMeasurement = Exclude<Measurement, { readonly kind: 'round' }>;

type Cell = { readonly kind: MeasuredKind; readonly setting: BenchSetting };

/** All that was measured so far, by cell. */
export class Measurements {
  readonly #byCell = new Map<string, SettingMeasurement[]>();
  readonly #conditions: RoundConditions[] = [];

  constructor(made: readonly Measurement[] = []) {
    for (const measurement of made) this.add(measurement);
  }

  add(measurement: Measurement): void {
    if (measurement.kind === 'round') {
      this.#conditions.push(measurement.conditions);
      return;
    }
    const key = keyOf(measurement);
    this.#byCell.set(key, [...(this.#byCell.get(key) ?? []), measurement]);
  }

  /** Under which conditions the rounds were run; one that was interrupted has several entries. */
  get conditions(): readonly RoundConditions[] {
    return this.#conditions;
  }

  /** How long all that was measured in rounds took, also in a round that was interrupted. */
  get inRoundsMs(): number {
    const all = [...this.#byCell.values()].flat();
    return all.reduce((sum, one) => {
      if (one.kind === 'fresh') return sum;
      if (one.kind === 'cancel') return sum + one.sample.endedMs;
      const { wallMs, readings = 1, firstRowStreamsMs = 0 } = one.sample;
      return sum + wallMs * readings + firstRowStreamsMs;
    }, 0);
  }

  /** Whether a cell was measured in a round; for fresh servers, on the server of that number. */
  has(cell: Cell, round: number): boolean {
    return this.#of(cell).some(({ sample }) => sample.round === round);
  }

  samples(cell: Cell & { readonly kind: 'stream' | 'fresh' }): BenchSample[] {
    return inRounds(this.#of(cell).flatMap((one) => (one.kind === 'cancel' ? [] : [one.sample])));
  }

  cancellations(setting: BenchSetting): CancellationSample[] {
    const made = this.#of({ kind: 'cancel', setting });
    return inRounds(made.flatMap((one) => (one.kind === 'cancel' ? [one.sample] : [])));
  }

  #of(cell: Cell): readonly SettingMeasurement[] {
    return this.#byCell.get(keyOf(cell)) ?? [];
  }
}

/** One fresh server answers for all settings that hold the same memory. */
function keyOf(cell: Cell): string {
  return cell.kind === 'fresh' ? `fresh ${memoryKey(cell.setting)}` : cellKey(cell);
}

function inRounds<Sample extends { readonly round: number }>(samples: readonly Sample[]): Sample[] {
  return [...samples].sort((a, b) => a.round - b.round);
}

/** How far a bench has come. */
export type BenchProgress =
  | { readonly phase: 'prepare'; readonly done: number; readonly total: number }
  | { readonly phase: 'memory'; readonly done: number; readonly total: number }
  | { readonly phase: 'warm-up'; readonly done: number; readonly total: number }
  | ({ readonly phase: 'measure' } & RoundProgress);

/** How far the measured rounds have come. */
interface RoundProgress {
  readonly round: number;
  /** How many there will be; after those that were asked for, the most that may be added. */
  readonly rounds: number;
  /** Whether the rounds that were asked for decided too little, so that more are added. */
  readonly isExtended: boolean;
  readonly step: number;
  readonly steps: number;
  readonly etaMs: number;
}

/** The options of every part of a bench that measures. */
export interface MeasuringOptions {
  readonly executor: Executor;
  readonly settings: BenchSettings;
  readonly measured: Measurements;
  readonly signal: AbortSignal;
  /** When the bench began: the time allowed is counted from there. */
  readonly startedMs: number;
  /** The time, in milliseconds; a test passes its own. */
  readonly now: () => number;
  /** Whether the rounds so far support the advice as well as they need to. */
  readonly isEnough: () => boolean;
  /** Keeps a measurement; the next one begins when it is done. */
  readonly onMeasured: (measurement: Measurement) => Promise<void>;
  readonly onProgress: (progress: BenchProgress) => void;
}
