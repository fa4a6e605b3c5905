import type { BenchSample, BenchSetting, BenchSettings, CancellationSample } from '../../results/index.js';
import type { Executor } from '../executor.js';
import { cellKey, type MeasuredKind, memoryKey } from '../scenarios/planned-cell.js';

/** One measurement, in the form in which it is stored on disk. */
export type Measurement =
  | { readonly kind: 'stream' | 'fresh'; readonly setting: BenchSetting; readonly sample: BenchSample }
  | { readonly kind: 'cancel'; readonly setting: BenchSetting; readonly sample: CancellationSample };

type Cell = { readonly kind: MeasuredKind; readonly setting: BenchSetting };

/** All measurements so far, by cell. */
export class Measurements {
  readonly #byCell = new Map<string, Measurement[]>();

  constructor(made: readonly Measurement[] = []) {
    for (const measurement of made) this.add(measurement);
  }

  add(measurement: Measurement): void {
    const key = keyOf(measurement);
    this.#byCell.set(key, [...(this.#byCell.get(key) ?? []), measurement]);
  }

  /** Whether a cell was measured in a round; the fresh ones are round 0. */
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

  #of(cell: Cell): readonly Measurement[] {
    return this.#byCell.get(keyOf(cell)) ?? [];
  }
}

/** One fresh server is measured for all settings that hold the same memory. */
function keyOf(cell: Cell): string {
  return cell.kind === 'fresh' ? `fresh ${memoryKey(cell.setting)}` : cellKey(cell);
}

function inRounds<Sample extends { readonly round: number }>(samples: readonly Sample[]): Sample[] {
  return [...samples].sort((a, b) => a.round - b.round);
}

/** The progress of a bench. */
export type BenchProgress =
  | { readonly phase: 'prepare'; readonly done: number; readonly total: number }
  | { readonly phase: 'memory'; readonly done: number; readonly total: number }
  | { readonly phase: 'warm-up'; readonly done: number; readonly total: number }
  | ({ readonly phase: 'measure' } & RoundProgress);

/** The progress of the measured rounds. */
interface RoundProgress {
  readonly round: number;
  readonly rounds: number;
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
  /** The start of the bench, from which the allowed time counts. */
  readonly startedMs: number;
  /** The time, in milliseconds; a test passes its own. */
  readonly now: () => number;
  /** Stores a measurement; the next one begins after that. */
  readonly onMeasured: (measurement: Measurement) => Promise<void>;
  readonly onProgress: (progress: BenchProgress) => void;
}
