import { rowSettings, type Scenario, streamCell, sweepLoads } from './scenario.js';

/** A filter finds a quarter of the rows, and each stream reads a fifth: as many as every filter finds. */
const SHARE_READ = 5;

/** How many rows each stream reads, of a table with so many. */
export function queryRows(tableRows: number): number {
  return Math.max(1, Math.floor(tableRows / SHARE_READ));
}

/**
 * A table's other orders, and filters, each beside the plain stream of as many rows in the same rounds. Which there are is known when the
 * table is prepared.
 */
export const queriesScenario: Scenario = {
  name: 'queries',
  question: 'What does a stream in another order cost, or with a filter that an index serves, or that none serves?',
  /** The rows of a query are checked against those that the database itself finds. */
  fromOutside: false,
  axes: ['rowBytes', 'clients', 'rttMs', 'windowBytes', 'consistency', 'compression'],
  inBatches: false,
  plan: (settings) => {
    const rows = queryRows(settings.rows);
    return sweepLoads(settings.loads, queriesScenario)
      .flatMap((load) => [{ ...load, rows }, ...(settings.queries ?? []).map((query) => ({ ...load, rows, query }))])
      .flatMap((load) => rowSettings(settings, load))
      .map((setting) => streamCell(settings, setting));
  },
};
