import type { PlannedCell } from '../plan/planned-cell.js';
import { type Scenario, streamCell, usualSetting } from './scenario.js';

/** A tenth, half, and all of the table: a straight line between them is a stream that holds its rows. */
const SHARES = [0.1, 0.5, 1];

export const memory: Scenario = {
  name: 'memory',
  question: 'How much memory does the server take as the table grows, beside reading it whole?',
  fromOutside: false,
  plan: (settings) =>
    (['stream', 'legacy'] as const).flatMap((method) =>
      rowCounts(settings.rows).map((rows): PlannedCell => {
        return { ...streamCell(settings, usualSetting(settings, { method, rows }), { memory: true }), kind: 'fresh' };
      }),
    ),
};

/** Of a table of a few rows some shares are the same. */
function rowCounts(rows: number): number[] {
  return [...new Set(SHARES.map((share) => Math.max(1, Math.floor(rows * share))))];
}
