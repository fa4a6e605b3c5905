/**
 * How long `generate` takes beside `prisma generate` of the same schema, in rounds of one after the other: nothing there yet, nothing
 * changed, one field added, and one field added under `--watch`. Wall time of a process from its start to its end, CPU time and peak memory
 * of it and of the processes that it starts.
 *
 * `npm run bench:generate -- --sizes 1,20,150 --rounds 3`
 */
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import Table from 'cli-table3';
import { largeSchema } from '../schema/large-schema.js';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1,20,150,300,1000,5000' },
    rounds: { type: 'string', default: '3' },
    /** Above, `prisma generate` takes minutes and says nothing new. */
    'prisma-up-to': { type: 'string', default: '1000' },
  },
});
const SIZES = options.sizes.split(',').map(Number);
const ROUNDS = Number(options.rounds);
const PRISMA_UP_TO = Number(options['prisma-up-to']);

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLI = join(ROOT, 'dist/bin/grpc-stream.js');
const PRISMA = join(ROOT, 'node_modules/prisma/build/index.js');
const CLIENT = 'generator client {\n  provider = "prisma-client"\n  output = "../src/grpc/generated/prisma"\n}\n\n';
const GENERATE = [CLI, 'generate', '--no-client', '--quiet'];

/** Each process of the run tells its own use when it ends. */
const HOOK = `import { writeFileSync } from 'node:fs';
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(process.env.USAGE + '/' + process.pid, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: maxRSS / 1000 }));
});`;

interface Run {
  readonly wallMs: number;
  /** Not known of a part of a process. */
  readonly cpuMs?: number;
  readonly peakMb?: number;
}

const table = new Table({
  head: ['models', 'what', 'wall, s', 'least', 'CPU, s', 'least', 'peak, MB', 'written, MB'],
  style: { head: [], border: [] },
  colAligns: ['right', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
});
const empty = await projectOf(1);
addRows('', await rounds(async () => new Map([['--help', await measure(empty, [CLI, '--help'])]])));
await rm(empty, { recursive: true });
for (const size of SIZES) {
  let bytes = 0;
  const runs = await rounds(async () => {
    const folder = await projectOf(size);
    const round = new Map<string, Run>();
    round.set('cold', await measure(folder, GENERATE));
    bytes = await sizeOf(join(folder, 'src/grpc'));
    if (size <= PRISMA_UP_TO) round.set('prisma generate', await measure(folder, [PRISMA, 'generate', '--no-hints']));
    round.set('unchanged', await measure(folder, GENERATE));
    await addField(folder, 'another');
    round.set('one field', await measure(folder, GENERATE));
    round.set('one field, --watch', await watchedEdit(folder));
    await rm(folder, { recursive: true });
    return round;
  });
  addRows(String(size), runs, (bytes / 1e6).toFixed(2));
}
process.stdout.write(`${table}\n`);

async function rounds(round: () => Promise<ReadonlyMap<string, Run>>): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>();
  for (let done = 0; done < ROUNDS; done++)
    for (const [name, run] of await round()) runs.set(name, [...(runs.get(name) ?? []), run]);
  return runs;
}

function addRows(size: string, runs: ReadonlyMap<string, readonly Run[]>, written = ''): void {
  for (const [name, all] of runs) {
    const of = (key: keyof Run, unit: number, digits: number) => {
      const values = all.flatMap((run) => run[key] ?? []).sort((a, b) => a - b);
      const text = (value: number | undefined) => (value === undefined ? '' : (value / unit).toFixed(digits));
      return [text(values[Math.floor(values.length / 2)]), text(values[0])];
    };
    const [peak = ''] = of('peakMb', 1, 0);
    table.push([size, name, ...of('wallMs', 1000, 2), ...of('cpuMs', 1000, 2), peak, name === 'cold' ? written : '']);
  }
}

async function projectOf(size: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-generate-'));
  await mkdir(join(folder, 'prisma'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "name": "large", "type": "module" }\n');
  await writeFile(join(folder, 'prisma/schema.prisma'), CLIENT + largeSchema(size));
  return folder;
}

async function addField(folder: string, name: string): Promise<void> {
  const path = join(folder, 'prisma/schema.prisma');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('model AccountItem0 {\n', `model AccountItem0 {\n  ${name} String?\n`));
}

/** From the moment that the schema is saved to the line that says what was written, the wait for more of the same change included. */
async function watchedEdit(folder: string): Promise<Run> {
  const child = spawn(process.execPath, [CLI, 'generate', '--no-client', '--watch'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  const until = async (wanted: RegExp) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the watch ended before it said ${wanted}`);
      if (wanted.test(value)) return;
    }
  };
  try {
    await until(/^watching /);
    let wallMs = 0;
    // The first change still compiles the program; people make many.
    for (const name of ['first', 'second', 'third']) {
      const start = performance.now();
      await addField(folder, name);
      await until(/^✔ .* written in/);
      wallMs = performance.now() - start;
    }
    return { wallMs };
  } finally {
    child.kill('SIGKILL');
  }
}

async function measure(folder: string, [script = '', ...args]: readonly string[]): Promise<Run> {
  const usage = await mkdtemp(join(tmpdir(), 'grpc-stream-usage-'));
  const hook = `data:text/javascript,${encodeURIComponent(HOOK)}`;
  const env = {
    ...process.env,
    NODE_OPTIONS: `--import=${hook}`,
    USAGE: usage,
    // Prisma would fetch an engine that `generate` never runs.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  };
  const start = performance.now();
  await promisify(execFile)(process.execPath, [script, ...args], { cwd: folder, env, maxBuffer: 1 << 26 });
  const wallMs = performance.now() - start;
  const texts = await Promise.all((await readdir(usage)).map((name) => readFile(join(usage, name), 'utf8')));
  await rm(usage, { recursive: true });
  const parts = texts.map((text): Required<Omit<Run, 'wallMs'>> => JSON.parse(text));
  return {
    wallMs,
    cpuMs: parts.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    peakMb: Math.max(...parts.map(({ peakMb }) => peakMb)),
  };
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('/prisma'));
  const sizes = await Promise.all(files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
