/**
 * What a production install brings: megabytes, packages, start-up time and idle memory of a new project on SQLite, beside the same server
 * written by hand with grpc-js and Prisma: `npm run test:lean [-- --keep]`. All are packed, installed from a registry, built and served.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { installedIn, startUp } from './footprint.js';
import { packPackages, packSqlite } from './pack.js';
import { productionProjects } from './production-projects.js';
import { openRegistry } from './registry.js';
import { userShell } from './user-shell.js';

const { values: flags } = parseArgs({ options: { keep: { type: 'boolean' } } });

const ROUNDS = 11;

const FIGURES = ['MB', 'packages', 'start-up, ms', 'idle, MB'] as const;

type Figures = Readonly<Record<(typeof FIGURES)[number], number>>;

const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-lean-'));
const upstream = (await promisify(execFile)('npm', ['config', 'get', 'registry'])).stdout.trim();
const packed = await packPackages(folder);
const registry = await openRegistry({ packed, upstream, builds: await packSqlite(folder) });
try {
  const projects = await productionProjects({ folder, env: userShell(registry.url), version: packed[0].version });
  const runs = projects.map((): Awaited<ReturnType<typeof startUp>>[] => []);
  // In turns, so that what else this machine does is the same for all.
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, project] of projects.entries()) runs[index]?.push(await startUp(project));
  const figures = await Promise.all(
    projects.map(async (project, index): Promise<Figures> => {
      const { bytes, names } = await installedIn(project);
      const of = (name: 'startUpMs' | 'idleMb') => median((runs[index] ?? []).map((run) => run[name]));
      return { MB: bytes / 1e6, packages: names.length, 'start-up, ms': of('startUpMs'), 'idle, MB': of('idleMb') };
    }),
  );
  const line = (columns: readonly string[]) => process.stdout.write(`| ${columns.join(' | ')} |\n`);
  line(['', ...FIGURES]);
  line(['---', ...FIGURES.map(() => '--:')]);
  for (const [index, of] of figures.entries())
    line([projects[index]?.name ?? '', ...FIGURES.map((name) => Math.round(of[name]).toString())]);
  const ours = figures.at(-1);
  for (const [index, of] of figures.slice(0, -1).entries())
    line([`ratio to ${projects[index]?.name}`, ...FIGURES.map((name) => ((ours?.[name] ?? 0) / of[name]).toFixed(2))]);
} finally {
  registry.close();
  if (flags.keep) process.stderr.write(`kept ${folder}\n`);
  else await rm(folder, { recursive: true, force: true });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
