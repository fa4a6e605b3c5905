import { batchSettings, type Scenario, streamCell, sweepLoads } from './scenario.js';

const CLIENTS = [1, 4, 16];

/** With more clients, each reads fewer rows, so that all samples have about the same number of rows. */
export const manyClientsScenario: Scenario = {
  name: 'many-clients',
  question: 'What do many clients get together, how evenly, and what do they cost the server?',
  fromOutside: true,
  axes: ['rowBytes', 'clients', 'rttMs', 'windowBytes', 'consistency', 'compression'],
  inBatches: true,
  plan: (settings) =>
    sweepLoads(settings.loads, { ...manyClientsScenario, own: { clients: CLIENTS } })
      .flatMap((load) => batchSettings(settings, { ...load, rows: Math.ceil(settings.rows / load.clients) }))
      .map((setting) => streamCell(settings, setting, { memory: true })),
};
