import { type BenchLoad, type LoadSweep, plainLoad } from '../../results/index.js';

/** One way in which loads differ. */
export type Axis = keyof LoadSweep;

type Values = { readonly [Name in Axis]?: readonly BenchLoad[Name][] };

export interface SweepOptions {
  /** What makes a difference to a scenario; what else was asked for is for others. */
  readonly axes: readonly Axis[];
  /** Values of a scenario's own, where none were asked for. */
  readonly own?: Values;
}

/**
 * Every combination of the loads that were asked for, along some axes.
 *
 * @example
 * sweepLoads({ ...loads, clients: [1, 4] }, { axes: ['clients', 'rttMs'], own: { rttMs: [0, 20] } }).length; // 4
 */
export function sweepLoads(loads: LoadSweep, { axes, own = {} }: SweepOptions): BenchLoad[] {
  return axes.reduce<BenchLoad[]>(
    (all, axis) => {
      const values = loads[axis] ?? own[axis];
      return values ? all.flatMap((load) => values.map((value) => ({ ...load, [axis]: value }))) : all;
    },
    [plainLoad],
  );
}
