/**
 * How long `generate` takes beside `prisma generate` of the same schema, in rounds of one after the other: nothing there yet, nothing
 * changed, and one field added. `npm run bench:generate -- 1,20,150 3` measures these sizes in three rounds.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { largeSchema } from '../schema/large-schema.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SIZES = (process.argv[2] ?? '1,20,150,300,1000,5000').split(',').map(Number);
const ROUNDS = Number(process.argv[3] ?? 3);
/** Above, `prisma generate` takes minutes and says nothing new. */
const PRISMA_UP_TO = Number(process.argv[4] ?? 1000);

const CLIENT = 'generator client {\n  provider = "prisma-client"\n  output = "../src/grpc/generated/prisma"\n}\n\n';

/** Each process of the run tells its own use when it ends. */
const HOOK = `import { writeFileSync } from 'node:fs';
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(process.env.USAGE + '/' + process.pid, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: maxRSS / 1000 }));
});`;

interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

for (const size of SIZES) {
  const runs = new Map<string, Run[]>();
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const folder = await projectOf(size);
    const add = async (name: string, script: string, args: readonly string[]) => {
      runs.set(name, [...(runs.get(name) ?? []), await measure(folder, script, args)]);
    };
    const generate = [join(ROOT, 'dist/bin/grpc-stream.js'), ['generate', '--no-client', '--quiet']] as const;
    await add('cold', ...generate);
    bytes = await sizeOf(join(folder, 'src/grpc'));
    if (size <= PRISMA_UP_TO)
      await add('prisma generate', join(ROOT, 'node_modules/prisma/build/index.js'), ['generate', '--no-hints']);
    await add('unchanged', ...generate);
    await editOneField(folder);
    await add('one field', ...generate);
    await rm(folder, { recursive: true });
  }
  process.stdout.write(`${size} models: ${(bytes / 1e6).toFixed(2)} MB of TypeScript\n`);
  for (const [name, all] of runs) process.stdout.write(`  ${name.padEnd(16)} ${describe(all)}\n`);
}

async function projectOf(size: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-generate-'));
  await mkdir(join(folder, 'prisma'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "name": "large", "type": "module" }\n');
  await writeFile(join(folder, 'prisma/schema.prisma'), CLIENT + largeSchema(size));
  return folder;
}

async function editOneField(folder: string): Promise<void> {
  const path = join(folder, 'prisma/schema.prisma');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('model AccountItem0 {\n', 'model AccountItem0 {\n  another String?\n'));
}

async function measure(folder: string, script: string, args: readonly string[]): Promise<Run> {
  const usage = await mkdtemp(join(tmpdir(), 'grpc-stream-usage-'));
  const hook = `data:text/javascript,${encodeURIComponent(HOOK)}`;
  const env = {
    ...process.env,
    NODE_OPTIONS: `--import=${hook}`,
    USAGE: usage,
    // Prisma would fetch an engine that \`generate\` never runs.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  };
  const start = performance.now();
  await promisify(execFile)(process.execPath, [script, ...args], { cwd: folder, env, maxBuffer: 1 << 26 });
  const wallMs = performance.now() - start;
  const texts = await Promise.all((await readdir(usage)).map((name) => readFile(join(usage, name), 'utf8')));
  await rm(usage, { recursive: true });
  const parts = texts.map((text): Omit<Run, 'wallMs'> => JSON.parse(text));
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

function describe(runs: readonly Run[]): string {
  const of = (key: keyof Run) => {
    const values = runs.map((run) => run[key]).sort((a, b) => a - b);
    const [least = 0, middle = 0] = [values[0], values[Math.floor(values.length / 2)]];
    return { least: Math.round(least), middle: Math.round(middle) };
  };
  const [wall, cpu, peak] = [of('wallMs'), of('cpuMs'), of('peakMb')];
  return `wall ${wall.middle} ms (least ${wall.least}), CPU ${cpu.middle} ms (least ${cpu.least}), peak ${peak.middle} MB`;
}
