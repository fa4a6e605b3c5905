import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { freePort } from '../support/free-port.js';
import type { Cell } from './cells.js';
import { commandsOf } from './managers.js';
import { readForeign } from './read-foreign.js';
import { listeningAt, runCommand, whileRunning } from './shell.js';

/** What the cells of a run share. */
export interface Road {
  /** A new folder of this cell's. */
  readonly folder: string;
  /** The version of the package in the registry. */
  readonly version: string;
  /** The environment of a user's shell. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs a script in the cell's database, as its own client would. */
  runSql(script: string): Promise<void>;
}

/** How far a project came. */
export interface Outcome {
  readonly seconds: Readonly<Record<string, number>>;
  /** The step that failed, and what it printed. */
  readonly failure?: { readonly step: string; readonly output: string };
}

const ROWS = 200;

/** Takes a project the whole way, from its own files to rows that another library reads. */
export async function walk(cell: Cell, road: Road): Promise<Outcome> {
  const seconds: Record<string, number> = {};
  const app = join(road.folder, cell.app ?? '.');
  const manager = commandsOf(cell);
  const ours = (...args: string[]) => [...manager.exec, 'grpc-stream', ...args];
  const model = cell.fixture === undefined ? 'Book' : 'Track';
  let step = '';
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    step = name;
    const from = performance.now();
    const result = await work();
    seconds[name] = (performance.now() - from) / 1000;
    return result;
  };
  const run = (command: readonly string[], folder = app) => runCommand(command, { folder, env: road.env });
  try {
    await layOut(cell, road.folder);
    if (cell.fixture) await timed('before', () => run(manager.install, road.folder));
    await timed('init', () =>
      run([...manager.once, `grpc-stream@${road.version}`, 'init', '--yes', ...providerOf(cell)]),
    );
    await timed('generate', () => run(ours('generate')));
    if (cell.fixture) await copyIfAny(`${cell.fixture}/after`, road.folder);
    await timed('tsc', () => run([...manager.script, 'build']));
    await timed('tables', async () => {
      const script = scriptOf(cell);
      if (script !== undefined) await road.runSql(await readFile(resolve(app, script), 'utf8'));
    });
    await timed('seed', () => run(ours('seed', '--rows', String(ROWS))));
    await timed('tests', () => runTests(app, manager.script, run));
    await timed('serve', () => readFrom(ours('serve'), { app, model, road, ours, run }));
    await timed('built', () => readFromBuilt({ app, model, road, ours, run }));
    await timed('production', async () => {
      if (manager.forget) await run(manager.forget);
      await run(manager.production, road.folder);
      assertAbsent(app);
      await readFromBuilt({ app, model, road, run });
    });
    return { seconds };
  } catch (error) {
    return { seconds, failure: { step, output: error instanceof Error ? error.message : String(error) } };
  }
}

function providerOf({ fixture, provider }: Cell): string[] {
  return fixture === undefined ? ['--provider', provider] : [];
}

async function layOut({ fixture, files = {} }: Cell, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (fixture) await copyIfAny(`${fixture}/before`, folder);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

async function copyIfAny(fixture: string, folder: string): Promise<void> {
  const from = join(import.meta.dirname, 'fixtures', fixture);
  if (existsSync(from)) await cp(from, folder, { recursive: true });
}

/** SQL that makes the tables where the project's own tools or this package cannot: Prisma's engine for MySQL is a download of its own. */
function scriptOf({ migration, provider }: Cell): string | undefined {
  if (migration !== undefined) return migration;
  return provider === 'mysql' ? join(import.meta.dirname, '../support/library.mysql.sql') : undefined;
}

async function runTests(
  app: string,
  script: readonly string[],
  run: (command: readonly string[]) => Promise<string>,
): Promise<void> {
  const { scripts = {} } = JSON.parse(await readFile(join(app, 'package.json'), 'utf8'));
  if (scripts.test !== undefined) await run([...script, 'test']);
}

interface Reading {
  readonly app: string;
  readonly model: string;
  readonly road: Road;
  /** Our command line; it is not there in production. */
  ours?(...args: string[]): string[];
  run(command: readonly string[]): Promise<string>;
}

/** Packages that only the command line needs, or that only development does. */
const FOR_DEVELOPMENT = ['grpc-stream', 'prisma', 'typescript', 'tsx', 'ts-proto', '@observablehq/plot', 'magicast'];

function assertAbsent(app: string): void {
  const { resolve } = createRequire(join(app, 'package.json'));
  const paths = (name: string) => resolve.paths(name)?.map((folder) => join(folder, name)) ?? [];
  const there = FOR_DEVELOPMENT.filter((name) => paths(name).some(existsSync));
  if (there.length > 0) throw new Error(`a production install has ${there.join(', ')}`);
}

/** Production: what `tsc` wrote, under Node alone. */
async function readFromBuilt(reading: Reading): Promise<void> {
  const dist = await readdir(join(reading.app, 'dist'), { recursive: true });
  const server = dist.find((path) => path.endsWith('grpc/generated/server.js'));
  if (server === undefined) throw new Error(`dist has no generated server: ${dist.join(', ')}`);
  await readFrom(['node', join('dist', server)], reading);
}

/** Starts a server, and reads its table with our client and with another library. */
async function readFrom(command: readonly string[], { app, model, road, ours, run }: Reading): Promise<void> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  await whileRunning(command, { folder: app, env: { ...road.env, GRPC_STREAM_PORT: String(port) } }, async () => {
    await listeningAt(port);
    const foreign = await readForeign(join(app, 'proto'), model, address);
    if (foreign.length !== ROWS) throw new Error(`another library read ${foreign.length} rows of ${ROWS}`);
    if (!ours) return;
    const own = await run(ours('read', model, '--target', address));
    const ids = own
      .trim()
      .split('\n')
      .map((line) => Number(JSON.parse(line).id));
    if (JSON.stringify(ids) !== JSON.stringify(foreign)) throw new Error('another library read other rows');
  });
}
