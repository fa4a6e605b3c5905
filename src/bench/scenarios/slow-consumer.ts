import { rowSettings, type Scenario, streamCell, sweepLoads } from './scenario.js';

const PACES = [500, 5000];

/** How long the consumer reads in one sample. */
const READING_SECONDS = 2;

/** The kernel and the client must hold far less than the table, or the server ends before it has to wait. */
const WINDOW_BYTES = 65_535;

const MOST_ROUNDS = 2;

/** The consumer takes rows at its pace and leaves while most of the table is still unread. */
export const slowConsumerScenario: Scenario = {
  name: 'slow-consumer',
  question: 'How far does the server read ahead of a client that is slower, and what does it hold?',
  fromOutside: true,
  axes: ['rowBytes', 'clients', 'rttMs', 'windowBytes', 'consistency', 'paceRowsPerSecond'],
  inBatches: false,
  plan: (settings) =>
    sweepLoads(settings.loads, {
      ...slowConsumerScenario,
      own: { paceRowsPerSecond: PACES, windowBytes: [WINDOW_BYTES] },
    })
      .flatMap((load) => rowSettings(settings, { ...load, rows: rowsOf(load.paceRowsPerSecond ?? 0, settings.rows) }))
      .map((setting) => {
        const { rows, paceRowsPerSecond } = setting.load;
        const expectedMs = ((rows ?? 0) / (paceRowsPerSecond ?? 1)) * 1000;
        return { ...streamCell(settings, setting, { memory: true, mostRounds: MOST_ROUNDS }), expectedMs };
      }),
};

/** Half of the table at most: the consumer leaves before the end. */
function rowsOf(pace: number, rows: number): number {
  return Math.max(1, Math.min(pace * READING_SECONDS, Math.floor(rows / 2)));
}
