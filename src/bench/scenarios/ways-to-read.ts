import type { BenchLoad, BenchMethod, ScenarioName } from '../../results/index.js';
import { rowSettings, type Scenario, streamCell } from './scenario.js';
import { type Axis, sweepLoads } from './sweep-loads.js';

const axes: readonly Axis[] = ['rowBytes', 'clients', 'rttMs', 'windowBytes', 'consistency'];

/** The scenario that holds a stream against another way to read the same table. */
export function besideAnotherWay(method: BenchMethod & ScenarioName, question: string): Scenario {
  return {
    name: method,
    question,
    fromOutside: false,
    axes,
    inBatches: false,
    plan: (settings) =>
      besides(method, sweepLoads(settings.loads, { axes }))
        .flatMap((load) => rowSettings(settings, load))
        .map((setting) => streamCell(settings, setting, { memory: true })),
  };
}

/** The loads as streams, then read in another way: none of those has a choice of consistency. */
export function besides(method: BenchMethod, loads: readonly BenchLoad[]): BenchLoad[] {
  const once = loads.filter(({ consistency }) => consistency === loads[0]?.consistency);
  return [...loads, ...once.map((load): BenchLoad => ({ ...load, consistency: 'chunked', method }))];
}
