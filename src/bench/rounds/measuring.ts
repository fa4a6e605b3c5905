import type { BenchSettings } from '../../results/index.js';
import type { Executor } from './executor.js';
import type { Measurement, Measurements } from './measurements.js';

/** How far a bench has come. */
export type BenchProgress =
  | { readonly phase: 'prepare'; readonly done: number; readonly total: number }
  | { readonly phase: 'memory'; readonly done: number; readonly total: number }
  | { readonly phase: 'warm-up'; readonly done: number; readonly total: number }
  | ({ readonly phase: 'measure' } & RoundProgress);

/** How far the measured rounds have come. */
export interface RoundProgress {
  readonly round: number;
  readonly rounds: number;
  readonly step: number;
  readonly steps: number;
  readonly etaMs: number;
}

/** What every part of a bench that measures is handed. */
export interface MeasuringOptions {
  readonly executor: Executor;
  readonly settings: BenchSettings;
  readonly measured: Measurements;
  readonly signal: AbortSignal;
  /** When the bench began: the time allowed is counted from there. */
  readonly startedMs: number;
  /** The time, in milliseconds; a test hands in its own. */
  readonly now: () => number;
  /** Keeps a measurement, before the next one is begun. */
  readonly onMeasured: (measurement: Measurement) => Promise<void>;
  readonly onProgress: (progress: BenchProgress) => void;
}
