/**
 * How much more two workers send than one: many clients, one client, and one table read in parts, each over connections of its own, from
 * a project's server with `--workers 1` and with `--workers 2`, in turns. Prints the tables of docs/deployment.md:
 * `npm run bench:workers -- [rows] [rounds] [databases]`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Executor } from '../../src/bench/executor.js';
import { openRemoteExecutor, processEntries, resolveBenchSettings } from '../../src/bench/index.js';
import { streamSample, verifyReading } from '../../src/bench/rounds/step-task.js';
import { usualSetting } from '../../src/bench/scenarios/scenario.js';
import { compareInPairs } from '../../src/bench/statistics/compare-samples.js';
import { seededRandom, shuffled } from '../../src/bench/statistics/seeded-random.js';
import { median } from '../../src/bench/statistics/statistics.js';
import type { BenchLoad, BenchSample, BenchSetting } from '../../src/results/index.js';
import { type StoryDatabase, storyDatabases } from '../support/databases.js';
import { cli, runNode } from '../support/linked-project.js';
import { generatedProject } from '../support/served-project.js';
import { coresInUse } from './cores-in-use.js';
import { startWorkers } from './start-workers.js';

const [rows = '50000', rounds = '15', providers = 'sqlite,postgresql'] = process.argv.slice(2);
const settings = resolveBenchSettings({ rows, rounds });
const root = fileURLToPath(new URL('../..', import.meta.url));
const random = seededRandom(settings.seed);

const WORKERS = [1, 2] as const;
const WHOLE = '1 client, batches';
const PARTS = '1 client, batches of 4 partitions';
const loads: Readonly<Record<string, BenchSetting>> = {
  '8 clients, rows': usualSetting(settings, { clients: 8 }),
  '8 clients, batches': inBatches({ clients: 8 }),
  [WHOLE]: inBatches({}),
  [PARTS]: inBatches({ partitions: 4 }),
};

print(
  `${availableParallelism()} cores of ${cpus()[0]?.model} for clients, servers and database; Node.js ${process.version}\n`,
);
for (const database of storyDatabases) {
  if (!providers.split(',').includes(database.provider)) continue;
  if (database.missing) print(`${database.name} is left out: ${database.missing}`);
  else await compareOn(database);
}

async function compareOn(kind: StoryDatabase): Promise<void> {
  const opened: (() => unknown)[] = [];
  try {
    const project = await generatedProject(kind.provider);
    opened.push(project.remove);
    const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-workers-'));
    opened.push(() => rm(folder, { recursive: true, force: true }));
    const database = await kind.start(folder);
    opened.push(database.stop);
    await database.createTables(project.folder);
    const env = { DATABASE_URL: database.url };
    await runNode(project.folder, [cli, 'seed', '--rows', rows, '--quiet'], env);
    const sides: Executor[] = [];
    for (const workers of WORKERS) {
      const server = await startWorkers(project.folder, env, workers);
      opened.push(server.stop);
      const side = await openSide(server.address);
      opened.push(() => side.close());
      sides.push(side);
    }
    const before = await coresInUse();
    printRates(kind.name, await measure(sides));
    const after = await coresInUse();
    print(`Other work kept ${before.toFixed(1)} cores busy before, and ${after.toFixed(1)} after.\n`);
  } finally {
    for (const close of opened.reverse()) await close();
  }
}

/** Many rows a message: the way that tables are moved. */
function inBatches(load: Partial<BenchLoad>): BenchSetting {
  return { ...usualSetting(settings, load), mode: 'batches', batchRows: 500 };
}

function openSide(address: string): Promise<Executor> {
  const entries = processEntries(root);
  const access = { tls: null, token: null };
  const remote = { address, service: 'library.v1.BookStreamService', model: { name: 'Book' }, access };
  return openRemoteExecutor({
    remote,
    settings,
    signal: new AbortController().signal,
    ...(entries ? { entries } : {}),
  });
}

/** Samples of each load, by workers, round after round. */
type Samples = ReadonlyMap<string, readonly [one: BenchSample[], two: BenchSample[]]>;

/** Whatever else the machine does falls on both sides alike: they are measured right after each other, in an order of chance. */
async function measure(sides: readonly Executor[]): Promise<Samples> {
  const samples = new Map(Object.keys(loads).map((load) => [load, [[], []] as [BenchSample[], BenchSample[]]]));
  // The first round compiles.
  for (let round = 0; round <= settings.rounds; round++) {
    for (const [load, setting] of shuffled(Object.entries(loads), random)) {
      for (const [index, side] of shuffled([...sides.entries()], random)) {
        const reading = await side.stream(setting);
        verifyReading(setting, reading, side.expected(setting));
        const { wallMs } = reading.client;
        if (round > 0) samples.get(load)?.[index]?.push(streamSample({ round, setting, reading, wallMs }));
      }
    }
  }
  return samples;
}

/** As Markdown. */
function printRates(name: string, samples: Samples): void {
  printRow([`${name}, ${rows} rows, n=${rounds}`, '1 worker', '2 workers', 'ratio (95% interval)', 'client busy']);
  printRow(['---', '---', '---', '---', '---']);
  for (const [load, [one, two]] of samples) {
    const busy = median([...one, ...two].map(({ clientBusy }) => clientBusy));
    printRow([load, rateOf(one), rateOf(two), ratioOf(one, two), `${Math.round(busy * 100)}% of a core`]);
  }
  const [whole, parts] = [samples.get(WHOLE), samples.get(PARTS)];
  const gains = WORKERS.map((workers, index) => {
    return `${ratioOf(whole?.[index] ?? [], parts?.[index] ?? [])} with \`--workers ${workers}\``;
  });
  print(`\n4 partitions over 1: ${gains.join(', ')}.`);
}

function printRow(cells: readonly string[]): void {
  print(`| ${cells.join(' | ')} |`);
}

function rateOf(samples: readonly BenchSample[]): string {
  return `${Math.round(median(samples.map(({ rowsPerSecond }) => rowsPerSecond)) / 1000)}k rows/s`;
}

/** Of the second rate to the first, round by round. */
function ratioOf(one: readonly BenchSample[], two: readonly BenchSample[]): string {
  const rateAt = (samples: readonly BenchSample[], index: number) => samples[index]?.rowsPerSecond ?? Number.NaN;
  const { shift, interval } = compareInPairs(one.map((_, index) => Math.log(rateAt(two, index) / rateAt(one, index))));
  const between = interval?.map((end) => Math.exp(end).toFixed(2)).join(' to ') ?? 'too few rounds';
  return `${Math.exp(shift).toFixed(2)}× (${between})`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
