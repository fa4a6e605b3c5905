import { expectedStreamMs, type Scenario } from './scenario.js';
import { sweptSettings } from './throughput.js';

/** The client leaves early, so a quarter of the stream is the most that is read. */
const SHARE_READ = 0.25;

export const cancel: Scenario = {
  name: 'cancel',
  question: 'What does the server still do for a client that has left?',
  /** What it is about happens in the server. */
  fromOutside: false,
  plan: (settings) =>
    sweptSettings({ ...settings, loads: { ...settings.loads, clients: null }, batchRows: [] }).map((setting) => ({
      setting,
      kind: 'cancel',
      memory: false,
      mostRounds: Number.POSITIVE_INFINITY,
      expectedMs: expectedStreamMs(settings, setting.load) * SHARE_READ,
    })),
};
