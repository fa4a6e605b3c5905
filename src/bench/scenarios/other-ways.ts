import type { BenchLoad, BenchMethod, BenchSetting, ScenarioName } from '../../results/index.js';
import { type Axis, rowSettings, type Scenario, streamCell, sweepLoads } from './scenario.js';

/** The scenarios that compare a stream with another way to read the same table. */
export const otherWayScenarios: readonly Scenario[] = [
  besideAnotherWay('legacy', 'What is gained over reading the whole table into memory and sending it?'),
  besideAnotherWay('offset', 'What is gained over reading page by page with skip and take?'),
  besideAnotherWay('plain', 'What is gained over a handler by hand: a keyset loop, a write a row, a wait for drain?'),
];

function besideAnotherWay(method: BenchMethod & ScenarioName, question: string): Scenario {
  const axes: readonly Axis[] = ['rowBytes', 'clients', 'rttMs', 'windowBytes', 'consistency'];
  return {
    name: method,
    question,
    fromOutside: false,
    axes,
    inBatches: false,
    plan: (settings) =>
      besides(method, sweepLoads(settings.loads, { axes }))
        .flatMap((load) => rowSettings(settings, load))
        .map(withFixedChunk)
        .map((setting) => streamCell(settings, setting, { memory: true })),
  };
}

/** Other ways have no `auto`: beside a stream that finds its chunk, they read with the default. */
export function withFixedChunk(setting: BenchSetting): BenchSetting {
  const { chunk, load } = setting;
  return chunk === 'auto' && load.method !== 'stream' ? { ...setting, chunk: USUAL_CHUNK } : setting;
}

const USUAL_CHUNK = 1000;

/** The loads as streams, and then read in another way; the other ways have no consistency setting. */
export function besides(method: BenchMethod, loads: readonly BenchLoad[]): BenchLoad[] {
  const once = loads.filter(({ consistency }) => consistency === loads[0]?.consistency);
  return [...loads, ...once.map((load): BenchLoad => ({ ...load, consistency: 'chunked', method }))];
}
