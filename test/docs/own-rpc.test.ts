import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { cli, linkedProject, runNode, tsc } from '../support/linked-project.js';
import { serveProject } from '../support/served-project.js';
import { packageRoot } from '../support/temporary-folder.js';
import { writeTree } from '../support/write-tree.js';
import { documentationPages, snippetsOf } from './pages.js';

const COMMANDS = join(packageRoot, 'node_modules/.bin');

it('an RPC of one’s own is made, served and called as the page says', async () => {
  const page = documentationPages().find(({ path }) => path === 'docs/own-rpc.md');
  const snippets = page ? snippetsOf(page) : [];
  const project = await linkedProject('sqlite');
  const url = `file:${join(project, 'dev.db')}`;
  await runNode(project, [cli, 'generate', '--quiet']);
  await runNode(project, [cli, 'seed', '--model', 'Book', '--rows', '50', '--quiet'], { DATABASE_URL: url });
  await writeTree(
    project,
    snippets.flatMap(({ options, code }) => (options.file ? [[options.file, code] as const] : [])),
  );
  const env = { ...process.env, PATH: [COMMANDS, process.env.PATH].join(delimiter) };
  await promisify(execFile)('buf', ['generate', '--path', 'proto/shelf'], { cwd: project, env });
  await promisify(execFile)('buf', ['lint'], { cwd: project, env });
  await runNode(project, [cli, 'generate', '--check']);
  await runNode(project, [tsc, '--noEmit']);

  const server = await serveProject(project, { url });
  onTestFinished(() => server.kill());
  const call = (id: number) =>
    runNode(project, ['--import', 'tsx', 'src/publish.ts', String(id)], { GRPC_ADDRESS: server.address });
  const database = new Database(join(project, 'dev.db'));
  onTestFinished(() => void database.close());
  database.exec("UPDATE Book SET status = 'DRAFT' WHERE id = 7");
  const titles = () => database.prepare("SELECT title FROM Book WHERE status = 'PUBLISHED' ORDER BY id").pluck().all();
  const before = titles();
  const title = database.prepare('SELECT title FROM Book WHERE id = 7').pluck().get();
  expect((await call(7)).trimEnd().split('\n')).toEqual([`published ${title}`, ...titles()]);
  expect(titles().length).toBe(before.length + 1);
  expect((await call(51)).split('\n')[0]).toBe('there is no book 51');
  expect(await server.terminate()).toBe(0);
}, 240_000);
