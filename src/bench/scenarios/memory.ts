import type { PlannedCell } from './planned-cell.js';
import { rowSettings, type Scenario, streamCell } from './scenario.js';
import { sweepLoads } from './sweep-loads.js';
import { besides } from './ways-to-read.js';

/** A tenth, half, and all of the table: a straight line between them is a stream that holds its rows. */
const SHARES = [0.1, 0.5, 1];

export const memory: Scenario = {
  name: 'memory',
  question: 'How much memory does the server take as the table grows, beside reading it whole?',
  fromOutside: false,
  axes: ['rowBytes', 'clients', 'consistency'],
  inBatches: false,
  plan: (settings) =>
    besides('legacy', sweepLoads(settings.loads, memory))
      .flatMap((load) => rowCounts(settings.rows).flatMap((rows) => rowSettings(settings, { ...load, rows })))
      .map((setting): PlannedCell => ({ ...streamCell(settings, setting, { memory: true }), kind: 'fresh' })),
};

/** Of a table of a few rows some shares are the same. */
function rowCounts(rows: number): number[] {
  return [...new Set(SHARES.map((share) => Math.max(1, Math.floor(rows * share))))];
}
