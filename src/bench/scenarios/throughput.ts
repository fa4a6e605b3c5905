import { type Scenario, streamCell, sweepLoads, sweptSettings } from './scenario.js';

/** Every combination of the sweep: the row stream, and each size of batch, at each chunk, interval and load. */
export const throughputScenario: Scenario = {
  name: 'throughput',
  question: 'Which settings bring the most rows a second, and what do they cost?',
  fromOutside: true,
  axes: ['rowBytes', 'clients', 'partitions', 'rttMs', 'windowBytes', 'consistency', 'compression'],
  inBatches: true,
  plan: (settings) =>
    sweepLoads(settings.loads, throughputScenario)
      .flatMap((load) => sweptSettings(settings, load))
      .map((setting) => streamCell(settings, setting, { memory: true })),
};
