import { rowSettings, type Scenario, streamCell, sweepLoads } from './scenario.js';

/** A page of a table: short enough that latency matters, not the rate. */
const ROWS_PER_READ = 100;

/** Far below, and near, the rate that two cores can serve. */
const READS_PER_SECOND = [20, 100];

/** How long reads begin by the clock in one sample. */
export const READING_MS = 2000;

/** Three rounds of two seconds have hundreds of reads. */
const MOST_ROUNDS = 3;

/**
 * Reads begin by the clock, whether or not earlier reads have ended, and are timed from when they were due: a server that stops for a second
 * then delays a hundred reads, not one.
 */
export const latencyScenario: Scenario = {
  name: 'latency',
  question: 'How long does a short read take, from when it was due, at a given rate of reads?',
  fromOutside: true,
  axes: ['rowBytes', 'clients', 'rttMs', 'windowBytes', 'consistency', 'compression', 'readsPerSecond'],
  inBatches: false,
  plan: (settings) =>
    sweepLoads(settings.loads, { ...latencyScenario, own: { readsPerSecond: READS_PER_SECOND } })
      .flatMap((load) => rowSettings(settings, { ...load, rows: Math.min(ROWS_PER_READ, settings.rows) }))
      .map((setting) => {
        const expectedMs = READING_MS + setting.load.rttMs * 4;
        return { ...streamCell(settings, setting, { mostRounds: MOST_ROUNDS }), expectedMs };
      }),
};
