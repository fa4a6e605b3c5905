import { batchSettings, type Scenario, streamCell, sweepLoads } from './scenario.js';

const ROUND_TRIPS_MS = [0, 20];

/** The initial window of HTTP/2, and that of the generated client. */
const WINDOWS_BYTES = [65_535, 1024 ** 2, 4 * 1024 ** 2];

/** Enough to fill the largest window twice; a small window over a long distance needs seconds for it. */
const MOST_BYTES = 8e6;

const MOST_ROUNDS = 5;

/** A window is the number of bytes that may be sent without an acknowledgement: window ÷ round trip is the highest rate of a download. */
export const distanceScenario: Scenario = {
  name: 'distance',
  question: 'What does distance cost, and how large must the client’s flow-control window be?',
  fromOutside: true,
  axes: ['rowBytes', 'clients', 'rttMs', 'windowBytes', 'consistency', 'compression'],
  inBatches: true,
  plan: (settings) =>
    sweepLoads(settings.loads, { ...distanceScenario, own: { rttMs: ROUND_TRIPS_MS, windowBytes: WINDOWS_BYTES } })
      .flatMap((load) => {
        const most = Math.floor(MOST_BYTES / (load.rowBytes ?? settings.rowBytes));
        return batchSettings(settings, { ...load, rows: Math.max(1, Math.min(settings.rows, most)) });
      })
      .map((setting) => streamCell(settings, setting, { mostRounds: MOST_ROUNDS })),
};
