import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { BenchSettings } from '../../results/index.js';

/** A shorter stream is mostly its own beginning and end, and has only a few of the largest chunks. */
const FEWEST_ROWS = 16_000;

/**
 * Settings whose rounds fit their time on this machine as it is just now: `--quick` reads fewer rows where other programs use the cores,
 * instead of running fewer rounds, because too few rounds decide nothing. It reads whole quarters of them: results of tables that differ cannot
 * be compared. A number of rows from --rows stays.
 *
 * @param coresGot How many of two cores this process gets. Default: measured.
 */
export async function fitToMachine(settings: BenchSettings, coresGot = measureCores): Promise<BenchSettings> {
  const { quick, rows, given } = settings;
  if (!quick || given.rows !== undefined) return settings;
  const quarters = Math.min(4, Math.round((4 * (await coresGot())) / CORES));
  return { ...settings, rows: Math.max(Math.min(rows, FEWEST_ROWS), Math.round((rows * quarters) / 4000) * 1000) };
}

/** One for the server, one for the client. */
const CORES = 2;

/** Long enough for the system to give other programs their turns. */
const SPIN_MS = 250;

const SPIN = `const until = performance.now() + ${SPIN_MS}; while (performance.now() < until);`;

/** Keeps as many threads busy as a stream has, and sees how much CPU time they get. A machine with one core has no two to give. */
async function measureCores(): Promise<number> {
  const threads = Math.min(CORES, availableParallelism());
  const workers = Array.from({ length: threads }, () => new Worker(SPIN, { eval: true }));
  const ends = workers.map((worker) => once(worker, 'exit'));
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  const [begin, before] = [performance.now(), process.cpuUsage()];
  await Promise.all(ends);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1000 / (performance.now() - begin)) * (CORES / threads);
}
