import { type Scenario, streamCell, usualBatches } from './scenario.js';

const CLIENTS = [1, 4, 16];

/** The more clients there are, the fewer rows each reads, so that all samples move about as much. */
export const manyClients: Scenario = {
  name: 'many-clients',
  question: 'What do many clients get together, how evenly, and what do they cost the server?',
  fromOutside: true,
  plan: (settings) =>
    (settings.loads.clients ?? CLIENTS).map((clients) => {
      const rows = Math.max(1, Math.ceil(settings.rows / clients));
      return streamCell(settings, usualBatches(settings, { clients, rows }), { memory: true });
    }),
};
