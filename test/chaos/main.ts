import { runChaos } from './run-chaos.js';

/** The full size: 200 consumers, a million rows. */
const { wrong, ...figures } = await runChaos({
  consumers: 200,
  rows: 5000,
  mishaps: 60,
  breakEveryMs: 1000,
  pace: 100,
});
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
for (const line of wrong) process.stderr.write(`${line}\n`);
process.stdout.write(wrong.length === 0 ? 'every consumer has exactly the rows of the table\n' : 'FAILED\n');
process.exitCode = wrong.length === 0 ? 0 : 1;
