import { type Scenario, streamCell, usualBatches } from './scenario.js';

const PARTITIONS = [1, 2, 4];

/** One table, read side by side; on a machine whose cores are all in use already, more parts bring nothing. */
export const partitions: Scenario = {
  name: 'partitions',
  question: 'How much sooner does a table arrive when it is read in parts side by side?',
  fromOutside: true,
  plan: (settings) =>
    (settings.loads.partitions ?? PARTITIONS).map((count) =>
      streamCell(settings, usualBatches(settings, { partitions: count }), { memory: true }),
    ),
};
