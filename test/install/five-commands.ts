/**
 * Runs and times the commands of the guide that lead from a folder with nothing but a Prisma schema to the first row in another language, with the
 * packed package from a registry: `npx tsx test/install/five-commands.ts`.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { documentationPages, snippetsOf } from '../docs/pages.js';
import { freePort } from '../support/free-port.js';
import { packageRoot } from '../support/temporary-folder.js';
import { openDatabases } from './databases.js';
import { packPackages, packSqlite } from './pack.js';
import { openRegistry } from './registry.js';
import { listeningAt, runCommand, whileRunning } from './shell.js';
import { userShell } from './user-shell.js';

const page = documentationPages().find(({ path }) => path === 'docs/getting-started.md');
const lines = (page && snippetsOf(page).find(({ code }) => code.includes('buf curl')))?.code.trim().split('\n') ?? [];
if (lines.length > 5) throw new Error(`the guide has ${lines.length} commands`);

const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-five-'));
const upstream = (await promisify(execFile)('npm', ['config', 'get', 'registry'])).stdout.trim();
const packed = await packPackages(folder);
const registry = await openRegistry({ packed, upstream, builds: await packSqlite(folder) });
const databases = openDatabases();
try {
  for (const provider of ['sqlite', 'postgresql'] as const) {
    const { url } = await databases.create(provider);
    const port = await freePort();
    const env = {
      ...userShell(registry.url),
      GRPC_STREAM_PORT: String(port),
      npm_config_yes: 'true',
      ...(url ? { DATABASE_URL: url } : {}),
    };
    const project = join(folder, provider, 'shop');
    await mkdir(join(project, 'prisma'), { recursive: true });
    const schema = 'prisma/schema.prisma';
    await cp(join(packageRoot, 'templates', provider, schema), join(project, schema));
    const timed = async (line: string) => {
      const from = performance.now();
      const output = await runCommand(['sh', '-c', line.replace('50051', String(port))], { folder: project, env });
      const seconds = (performance.now() - from) / 1000;
      process.stdout.write(`${provider}  ${seconds.toFixed(1).padStart(5)} s  ${line}\n`);
      return { output, seconds };
    };
    const [init = '', generate = '', seed = '', serve = '', call = ''] = lines;
    let total = 0;
    for (const line of [init, generate, seed]) total += (await timed(line)).seconds;
    const from = performance.now();
    await whileRunning(['sh', '-c', `exec ${serve}`], { folder: project, env }, async () => {
      await listeningAt(port);
      const ready = (performance.now() - from) / 1000;
      process.stdout.write(`${provider}  ${ready.toFixed(1).padStart(5)} s  ${serve}\n`);
      const { output, seconds } = await timed(call);
      total += ready + seconds;
      const { id } = JSON.parse(output);
      if (id !== 1) throw new Error(`the first row is ${output}`);
    });
    process.stdout.write(`${provider}  ${total.toFixed(1).padStart(5)} s  in all\n`);
  }
} finally {
  await databases.close();
  registry.close();
  await rm(folder, { recursive: true, force: true });
}
