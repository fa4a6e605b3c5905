/**
 * Streams one table through servers that people write, and through ours, side by side: rows a second, CPU and memory of each server.
 * `npm run bench:peers -- [--database sqlite|postgresql] [--rows 500000] [--rounds 5] [--only plain --only grpc-stream] [--json]`, on Linux.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom, shuffled } from '../../../src/bench/statistics/seeded-random.js';
import { storyDatabases } from '../../support/databases.js';
import { cli, runNode, tsc } from '../../support/linked-project.js';
import { generatedProject } from '../../support/served-project.js';
import { packageRoot } from '../../support/temporary-folder.js';
import { buildNodeServer } from './build-node-server.js';
import { buildGoServer, missingGo } from './go-server.js';
import { printTable } from './print-table.js';
import { measure, type Sample } from './sample.js';
import { type Way, waysOf } from './ways.js';

const { values: flags } = parseArgs({
  options: {
    database: { type: 'string', multiple: true, default: ['sqlite', 'postgresql'] },
    rows: { type: 'string', default: '500000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
  },
});
const [rows, rounds] = [Number(flags.rows), Number(flags.rounds)];
const random = seededRandom(Date.now());
const nodeServer = await buildNodeServer();
const goServer = missingGo() === undefined ? await buildGoServer() : undefined;
if (!goServer) say(`Left out: Go. ${missingGo()}`);

/** The models of the schema that `grpc-stream bench` streams when there is no project. */
const MODELS = '/// Whether a book can be bought.';
const schema = await readFile(join(packageRoot, 'prisma/schema.prisma'), 'utf8');
const models = schema.slice(schema.indexOf(MODELS));

for (const name of flags.database) await compare(name);

async function compare(name: string): Promise<void> {
  const kind = storyDatabases.find(({ provider }) => provider === name);
  if (!kind) throw new Error(`no database ${name}`);
  const { folder, remove } = await generatedProject(kind.provider, {
    schema: (template) => template.slice(0, template.indexOf(MODELS)) + models,
  });
  const database = await kind.start(folder);
  try {
    await database.createTables(folder);
    const env = { DATABASE_URL: database.url };
    await runNode(folder, [cli, 'seed', '--rows', `${rows}`, '--row-bytes', '150', '--quiet'], env);
    await runNode(folder, [tsc]);
    const ways = (await waysOf({ project: folder, provider: kind.provider, nodeServer, goServer })).filter(isWanted);
    const samples = await measureAll(ways, { ...process.env, ...env });
    if (flags.json)
      process.stdout.write(`${JSON.stringify({ database: name, rows, rounds, samples: [...samples] })}\n`);
    else printTable(`${kind.name}, ${rows} rows, n=${rounds}`, samples);
  } finally {
    await database.stop();
    await remove();
  }
}

/** Interleaved and shuffled: what the machine does meanwhile hits all alike. The first round warms the disk's cache. */
async function measureAll(ways: readonly Way[], env: NodeJS.ProcessEnv): Promise<ReadonlyMap<string, Sample[]>> {
  const samples = new Map(ways.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 0; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`);
    for (const way of shuffled(ways, random)) {
      const sample = await measure(way, rows, env);
      if (round > 0) samples.get(way.name)?.push(sample);
    }
  }
  return samples;
}

/** The beginnings of names choose servers. */
function isWanted({ name }: Way): boolean {
  return flags.only?.some((beginning) => name.startsWith(beginning)) ?? true;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
