import { besides, withFixedChunk } from './other-ways.js';
import type { PlannedCell } from './planned-cell.js';
import { rowSettings, type Scenario, streamCell, sweepLoads } from './scenario.js';

/** A tenth, half, and all of the table: memory that grows linearly shows a stream that keeps its rows. */
const SHARES = [0.1, 0.5, 1];

export const memoryScenario: Scenario = {
  name: 'memory',
  question: 'How much memory does the server take as the table grows, compared with reading the whole table?',
  fromOutside: false,
  axes: ['rowBytes', 'clients', 'consistency'],
  inBatches: false,
  plan: (settings) =>
    besides('legacy', sweepLoads(settings.loads, memoryScenario))
      .flatMap((load) => rowCounts(settings.rows).flatMap((rows) => rowSettings(settings, { ...load, rows })))
      .map(withFixedChunk)
      .map((setting): PlannedCell => ({ ...streamCell(settings, setting, { memory: true }), kind: 'fresh' })),
};

/** In a table with few rows, some shares are equal. */
function rowCounts(rows: number): number[] {
  return [...new Set(SHARES.map((share) => Math.max(1, Math.floor(rows * share))))];
}
