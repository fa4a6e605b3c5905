import type { BenchChunk, BenchSettings } from '../../results/index.js';
import { expectedStreamMs, type Scenario, sweepLoads, sweptSettings, usualSetting } from './scenario.js';

/** The client leaves early, so at most a quarter of the stream is read. */
const SHARE_READ = 0.25;

export const cancelScenario: Scenario = {
  name: 'cancel',
  question: 'What does the server still do for a client that has left?',
  /** It measures inside the server. */
  fromOutside: false,
  axes: ['rowBytes', 'rttMs', 'windowBytes', 'consistency'],
  inBatches: false,
  plan: (settings) =>
    sweepLoads(settings.loads, cancelScenario)
      .flatMap((load) => sweptSettings({ ...settings, batchRows: [], chunks: chunksOf(settings) }, load))
      .map((setting) => ({
        setting,
        kind: 'cancel',
        memory: false,
        mostRounds: Number.POSITIVE_INFINITY,
        expectedMs: expectedStreamMs(settings, setting.load) * SHARE_READ,
      })),
};

/** It is the interval that decides how soon a stream ends: `--quick` leaves the other chunks out, unless nothing else sweeps them. */
function chunksOf(settings: BenchSettings): readonly BenchChunk[] {
  return settings.quick && settings.scenarios.includes('throughput') ? [usualSetting(settings).chunk] : settings.chunks;
}
