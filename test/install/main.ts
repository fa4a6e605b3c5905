/**
 * Installs the packed package as its users do, in new projects and in ones that were there before, and takes each the whole way to rows that
 * another library reads. `npm run test:install -- [--short] [--only express,pnpm] [--keep]`.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type Cell, cells } from './cells.js';
import { openDatabases } from './databases.js';
import { commandsOf } from './managers.js';
import { packPackages, packSqlite } from './pack.js';
import { openRegistry } from './registry.js';
import { type Outcome, walk } from './road.js';
import { userShell } from './user-shell.js';

const { values: flags } = parseArgs({
  options: { short: { type: 'boolean' }, only: { type: 'string' }, keep: { type: 'boolean' } },
});
const run = promisify(execFile);
const words = flags.only?.split(',') ?? [];
const chosen = cells.filter(
  (cell) => (!flags.short || cell.short) && words.every((word) => titleOf(cell).toLowerCase().includes(word)),
);
if (chosen.length === 0) throw new Error(`no cell has ${words.join(' and ')}: ${cells.map(titleOf).join('; ')}`);

const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-install-'));
const upstream = (await run('npm', ['config', 'get', 'registry'])).stdout.trim();
const packed = await packPackages(folder);
const registry = await openRegistry({ packed, upstream, builds: await packSqlite(folder) });
const databases = openDatabases();
const outcomes: (readonly [Cell, Outcome])[] = [];
try {
  for (const [index, cell] of chosen.entries()) {
    const place = join(folder, `cell-${index}`);
    const database = await databases.create(cell.provider);
    const env = { ...shellOf(cell, await toolsOf(cell)), ...(database.url ? { DATABASE_URL: database.url } : {}) };
    const outcome = await walk(cell, { folder: place, version: packed[0].version, env, runSql: database.run });
    outcomes.push([cell, outcome]);
    process.stderr.write(`${outcome.failure ? '✖' : '✔'} ${titleOf(cell)}\n`);
    if (outcome.failure) process.stderr.write(`  ${outcome.failure.step}: ${outcome.failure.output}\n`);
    else if (!flags.keep) await rm(place, { recursive: true, force: true });
  }
} finally {
  await databases.close();
  registry.close();
  if (!flags.keep) await rm(folder, { recursive: true, force: true });
  else process.stderr.write(`kept ${folder}\n`);
}
process.stdout.write(tableOf(outcomes));
process.exitCode = outcomes.some(([, { failure }]) => failure) ? 1 : 0;

function titleOf({ name, manager, node, provider }: Cell): string {
  return `${name}, ${manager}, Node ${node}, ${provider}`;
}

/** A folder with the commands of the cell's Node and of its package manager, installed from the registry once a run. */
async function toolsOf({ node, ...cell }: Cell): Promise<string[]> {
  const wanted = [
    ...(isThisNode(node) ? [] : [`node@${node}`]),
    ...(cell.manager === 'npm' ? [] : [commandsOf(cell).package]),
  ];
  const paths: string[] = [];
  for (const name of wanted) {
    const tools = join(folder, 'tools', name);
    await mkdir(tools, { recursive: true });
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', tools, name]);
    paths.push(join(tools, 'node_modules/.bin'));
  }
  return paths;
}

function isThisNode(node: string): boolean {
  return process.versions.node.startsWith(`${node}.`);
}

/** A user's shell, with the cell's Node and package manager. */
function shellOf({ node }: Cell, paths: readonly string[]): NodeJS.ProcessEnv {
  return {
    ...userShell(registry.url, paths),
    // There is no build of SQLite's driver for another Node than this: these install without scripts, as careful people do.
    ...(isThisNode(node) ? {} : { npm_config_ignore_scripts: 'true', pnpm_config_ignore_scripts: 'true' }),
  };
}

/** A line a cell, with the seconds of each step, as Markdown. */
function tableOf(results: typeof outcomes): string {
  const steps = ['before', 'init', 'generate', 'tsc', 'tables', 'seed', 'tests', 'serve', 'built', 'production'];
  const line = (columns: readonly string[]) => `| ${columns.join(' | ')} |\n`;
  return [
    line(['project', 'packages', 'Node', 'database', ...steps, '']),
    line(['---', '---', '---', '---', ...steps.map(() => '--:'), '---']),
    ...results.map(([{ name, manager, node, provider }, { seconds, failure }]) => {
      const figures = steps.map((step) => seconds[step]?.toFixed(1) ?? '');
      return line([name, manager, node, provider, ...figures, failure ? `✖ ${failure.step}` : '✔']);
    }),
  ].join('');
}
