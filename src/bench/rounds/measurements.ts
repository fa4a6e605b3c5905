import type { BenchSample, BenchSetting, CancellationSample } from '../../results/index.js';
import { cellKey } from '../plan/plan.js';
import { type MeasuredKind, memoryKey } from '../scenarios/planned-cell.js';

/** One measurement that was made; in this form it is kept on disk. */
export type Measurement =
  | { readonly kind: 'stream' | 'fresh'; readonly setting: BenchSetting; readonly sample: BenchSample }
  | { readonly kind: 'cancel'; readonly setting: BenchSetting; readonly sample: CancellationSample };

type Cell = { readonly kind: MeasuredKind; readonly setting: BenchSetting };

/** All that was measured so far, by what was measured. */
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

/** One fresh server answers for all settings that hold the same memory. */
function keyOf(cell: Cell): string {
  return cell.kind === 'fresh' ? `fresh ${memoryKey(cell.setting)}` : cellKey(cell);
}

function inRounds<Sample extends { readonly round: number }>(samples: readonly Sample[]): Sample[] {
  return [...samples].sort((a, b) => a.round - b.round);
}
