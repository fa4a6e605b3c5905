import { type Scenario, streamCell, usualSetting } from './scenario.js';

const PACES = [500, 5000];

/** How long the consumer reads in one sample. */
const READING_SECONDS = 2;

/** What the kernel and the client hold must be far less than the table, or the server is done before it is held up. */
const WINDOW_BYTES = 65_535;

const MOST_ROUNDS = 2;

/** The consumer takes rows at its pace and leaves while most of the table is still unread. */
export const slowConsumer: Scenario = {
  name: 'slow-consumer',
  question: 'How far does the server read ahead of a client that is slower, and what does it hold?',
  fromOutside: true,
  plan: (settings) =>
    (settings.loads.paceRowsPerSecond ?? PACES).flatMap((pace) =>
      (settings.loads.windowBytes ?? [WINDOW_BYTES]).map((windowBytes) => {
        const rows = Math.max(1, Math.min(pace * READING_SECONDS, Math.floor(settings.rows / 2)));
        const setting = usualSetting(settings, { paceRowsPerSecond: pace, windowBytes, rows });
        const cell = streamCell(settings, setting, { memory: true, mostRounds: MOST_ROUNDS });
        return { ...cell, expectedMs: (rows / pace) * 1000 };
      }),
    ),
};
