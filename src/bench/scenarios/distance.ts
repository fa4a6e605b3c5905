import { type Scenario, streamCell, usualBatches } from './scenario.js';

const ROUND_TRIPS_MS = [0, 20];

/** What HTTP/2 begins with, and what the generated client asks for. */
const WINDOWS_BYTES = [65_535, 1024 ** 2, 4 * 1024 ** 2];

/** Enough to fill the largest window twice; a small window over a long way needs seconds for it. */
const MOST_BYTES = 8e6;

const MOST_ROUNDS = 5;

/** A window is what may be under way unacknowledged, so that window ÷ round trip is the most that a download can reach. */
export const distance: Scenario = {
  name: 'distance',
  question: 'What does distance cost, and how large must the client’s flow-control window be?',
  fromOutside: true,
  plan: (settings) =>
    (settings.loads.rttMs ?? ROUND_TRIPS_MS).flatMap((rttMs) =>
      (settings.loads.windowBytes ?? WINDOWS_BYTES).map((windowBytes) => {
        const rows = Math.max(1, Math.min(settings.rows, Math.floor(MOST_BYTES / settings.rowBytes)));
        const setting = usualBatches(settings, { rttMs, windowBytes, rows });
        return streamCell(settings, setting, { mostRounds: MOST_ROUNDS });
      }),
    ),
};
