import { batchSettings, type Scenario, streamCell, sweepLoads } from './scenario.js';

const PARTITIONS = [1, 2, 4];

/** One table, read in partitions side by side; on a machine whose cores are all busy, more partitions do not help. */
export const partitionsScenario: Scenario = {
  name: 'partitions',
  question: 'How much sooner does a table arrive when it is read in parts side by side?',
  fromOutside: true,
  axes: ['rowBytes', 'clients', 'partitions', 'rttMs', 'windowBytes', 'consistency', 'compression'],
  inBatches: true,
  plan: (settings) =>
    sweepLoads(settings.loads, { ...partitionsScenario, own: { partitions: PARTITIONS } })
      .flatMap((load) => batchSettings(settings, load))
      .map((setting) => streamCell(settings, setting, { memory: true })),
};
