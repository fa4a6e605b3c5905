/**
 * The chaos at full size: 200 consumers read a million rows. `npm run test:chaos -- [--database postgresql|sqlite|mysql]
 * [--only serverReplaced,…] [--seed 7] [--mishaps 60] [--consumers 200] [--rows 5000]`.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { storyDatabases } from '../support/databases.js';
import { mishapsOf } from './mischief.js';
import { runChaos } from './run-chaos.js';

const { values: flags } = parseArgs({
  options: {
    database: { type: 'string', default: 'postgresql' },
    only: { type: 'string' },
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 32)}` },
    mishaps: { type: 'string', default: '60' },
    consumers: { type: 'string', default: '200' },
    rows: { type: 'string', default: '5000' },
  },
});
const database = storyDatabases.find(({ provider }) => provider === flags.database);
if (!database) throw new Error(`--database is one of ${storyDatabases.map(({ provider }) => provider).join(', ')}`);
if (database.missing) throw new Error(database.missing);
const possible = mishapsOf(database);
const asked = flags.only?.split(',');
const unknown = asked?.filter((name) => !possible.some((kind) => kind === name)) ?? [];
if (unknown.length > 0) throw new Error(`${database.name} has no ${unknown.join(', ')}: only ${possible.join(', ')}`);
const kinds = possible.filter((kind) => asked?.includes(kind) ?? true);
const seed = Number(flags.seed);
print(`${database.name}, seed ${seed}: ${kinds.join(', ')}`);
if (database.provider === 'sqlite') print('SQLite is a file: there is nothing to restart');
const [load = 0] = loadavg();
if (load > availableParallelism())
  print(
    `the load average is ${load.toFixed(1)}: where servers take long to start again, consumers fail that would not otherwise`,
  );
const { faults, ...figures } = await runChaos({
  database,
  kinds,
  seed,
  mishaps: Number(flags.mishaps),
  consumers: Number(flags.consumers),
  rows: Number(flags.rows),
  everyMs: 4000,
  awayMs: 4000,
  pace: 100,
  restMs: 3000,
  patienceMs: 30 * 60_000,
});
print(JSON.stringify({ database: database.name, seed, ...figures }, undefined, 2));
for (const fault of faults) process.stderr.write(`${fault}\n`);
const { consumers, failedConsumers, rows, breaks, seconds } = figures;
print(
  `${consumers} consumers read ${rows} rows in ${seconds.toFixed(0)} s, over ${flags.mishaps} mishaps and ${breaks} breaks`,
);
print(`${failedConsumers} failed${faults.length === 0 ? ': every consumer has exactly the rows of the table' : ''}`);
process.exitCode = faults.length === 0 ? 0 : 1;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
