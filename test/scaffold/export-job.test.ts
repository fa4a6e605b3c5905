import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import Database from 'better-sqlite3';
import { Job } from 'kubernetes-models/batch/v1';
import { readParquet } from 'parquet-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { documentationPages, snippetsOf } from '../docs/pages.js';
import { cli, runNode } from '../support/linked-project.js';
import { generatedProject, type ServedProject, serveProject } from '../support/served-project.js';
import { suiteFolder } from '../support/suite-folder.js';
import { packageRoot } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const ROWS = 20_000;
const SHARES = 3;

describe('a table that several processes export', () => {
  const suite = suiteFolder();
  let project: Awaited<ReturnType<typeof generatedProject>>;
  let server: ServedProject;
  let file: string;
  beforeAll(async () => {
    project = await generatedProject('sqlite');
    file = join(project.folder, 'dev.db');
    const env = { DATABASE_URL: `file:${file}` };
    await runNode(project.folder, [cli, 'seed', '--model', 'Book', '--rows', String(ROWS), '--quiet'], env);
    server = await serveProject(project.folder, { url: env.DATABASE_URL }, { env: { GRPC_STREAM_REFLECTION: 'true' } });
    // What the image has of the project: its packages, and no schema.
    await mkdir(join(suite.path, 'node_modules/.bin'), { recursive: true });
    await symlink(cli, join(suite.path, 'node_modules/.bin/grpc-stream'));
    await writeFile(join(suite.path, 'package.json'), '{ "name": "image", "private": true }');
  }, 120_000);
  afterAll(async () => {
    await server?.kill();
    await project?.remove();
  });

  it('is whole by the command of the Kubernetes job, though a pod is killed and another one takes its place', async () => {
    const text = await readFile(join(packageRoot, 'templates/networked/deploy/export-job.yaml'), 'utf8');
    const job = new Job(parseAllDocuments(text)[0]?.toJS());
    const { command = [], args = [] } = job.spec?.template.spec?.containers[0] ?? {};
    const out = join(suite.path, 'job');
    const startPod = (index: number, more = '') =>
      spawn(command[0] ?? '', [...command.slice(1), ...args.map((each) => each + more)], {
        cwd: suite.path,
        env: {
          ...process.env,
          JOB_COMPLETION_INDEX: String(index),
          SHARES: String(SHARES),
          OUT: out,
          TARGET: server.address,
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    const small = ' --rows-per-file 500';
    const killed = startPod(0, small);
    await waitFor('a part', () => existsSync(join(out, `shard-1-of-${SHARES}/manifest.json`)), 60_000);
    killed.kill('SIGKILL');
    await ended(killed);
    const pods = [0, 1, 2].map((index) => startPod(index, small));
    expect(await Promise.all(pods.map(ended))).toEqual([0, 0, 0]);
    expect(await idsIn(out)).toEqual(idsInTable());
  }, 120_000);

  it('is whole by the line for a shell', async () => {
    const page = documentationPages().find(({ path }) => path === 'docs/deployment.md');
    const line = page && snippetsOf(page).find(({ code }) => code.startsWith('seq '))?.code;
    const here = (line ?? '')
      .replaceAll('16', String(SHARES))
      .replace('localhost:50051', server.address)
      .replace('npx grpc-stream', 'node_modules/.bin/grpc-stream');
    const shell = spawn('sh', ['-c', here], { cwd: suite.path, stdio: ['ignore', 'ignore', 'inherit'] });
    expect(await ended(shell)).toBe(0);
    expect(await idsIn(join(suite.path, 'export'))).toEqual(idsInTable());
  }, 120_000);

  function idsInTable(): unknown[] {
    const database = new Database(file, { readonly: true });
    try {
      return database.prepare('SELECT id FROM Book ORDER BY id').pluck().all();
    } finally {
      database.close();
    }
  }
});

/** The keys in the files of all shares, as Apache Arrow reads them. */
async function idsIn(out: string): Promise<number[]> {
  const ids: number[] = [];
  for (let share = 1; share <= SHARES; share++) {
    const folder = join(out, `shard-${share}-of-${SHARES}`);
    const { files, done } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    expect(done).toBe(true);
    for (const { name } of files) {
      const table = tableFromIPC(readParquet(await readFile(join(folder, name))).intoIPCStream());
      ids.push(...(table.getChild('id')?.toArray() ?? []));
    }
  }
  return ids;
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}
