import type { Interval } from './cell.js';
import type { BenchSetting } from './setting.js';

/** The verdicts of a comparison. `cannot-tell`: the noise allows either, or the two are equal. */
export type ComparisonVerdict = 'faster' | 'slower' | 'cannot-tell';

/** One rate before and after. */
export interface ComparedRate {
  /** Rows a second; medians. */
  readonly before: number;
  readonly after: number;
  /** After ÷ before, by the Hodges–Lehmann estimate: 0.9 is a tenth slower. */
  readonly ratio: number;
  /** 95%; null when the samples are too few for any. */
  readonly ratioCi: Interval | null;
  /** Chance of such a difference between two runs of one build; corrected for the number of settings compared. */
  readonly pValue: number;
  /** Samples of either side; pairs, when the builds ran side by side. */
  readonly samples: readonly [before: number, after: number];
  readonly verdict: ComparisonVerdict;
}

/** One setting before and after. */
export interface ComparedCell extends BenchSetting, ComparedRate {}

/** Something else that changed between two runs. */
export interface RunDifference {
  /** `machine` and `settings` make rates incomparable; `software` may be what is being compared. */
  readonly kind: 'machine' | 'settings' | 'software';
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** Two runs, compared. */
export interface Comparison {
  /** `separate`: two runs, at two times. `side-by-side`: one run of two builds in turns, compared in pairs. */
  readonly design: 'separate' | 'side-by-side';
  readonly before: { readonly startedAt: string; readonly rounds: number };
  readonly after: { readonly startedAt: string; readonly rounds: number };
  /** A p-value below this is a difference. */
  readonly significance: number;
  readonly differences: readonly RunDifference[];
  /** Why no verdict is given although figures differ, such as other work on the machine; empty when there is no reason. */
  readonly doubts: readonly string[];
  /** All settings together: what changed everywhere shows here first. */
  readonly overall: ComparedRate;
  /** Rows a second of the server's CPU time, all settings together: other programs hardly move it. Null where it cannot be seen. */
  readonly perCpuSecond: ComparedRate | null;
  readonly cells: readonly ComparedCell[];
}
