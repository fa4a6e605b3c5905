import { expectedStreamMs, type Scenario } from './scenario.js';
import { sweepLoads } from './sweep-loads.js';
import { sweptSettings } from './throughput.js';

/** The client leaves early, so a quarter of the stream is the most that is read. */
const SHARE_READ = 0.25;

export const cancel: Scenario = {
  name: 'cancel',
  question: 'What does the server still do for a client that has left?',
  /** What it is about happens in the server. */
  fromOutside: false,
  axes: ['rowBytes', 'rttMs', 'windowBytes', 'consistency'],
  inBatches: false,
  plan: (settings) =>
    sweepLoads(settings.loads, cancel)
      .flatMap((load) => sweptSettings({ ...settings, batchRows: [] }, load))
      .map((setting) => ({
        setting,
        kind: 'cancel',
        memory: false,
        mostRounds: Number.POSITIVE_INFINITY,
        expectedMs: expectedStreamMs(settings, setting.load) * SHARE_READ,
      })),
};
