import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBuf } from '../support/buf.js';
import { freePort } from '../support/free-port.js';
import { buildGo, hasGo } from '../support/go.js';
import { cli, runNode } from '../support/linked-project.js';
import { findPython, makePythonClient, makesPythonClients } from '../support/python.js';
import { generatedProject, type ServedProject, serveProject } from '../support/served-project.js';
import { suiteFolder } from '../support/suite-folder.js';
import { waitFor } from '../support/wait-for.js';
import { writeTree } from '../support/write-tree.js';
import { documentationPages, snippetsOf } from './pages.js';

/** Too large a table for the buffers between a server and a client that has stopped. */
const ROWS = 40_000;
const ROW_BYTES = 1000;

const python = await findPython();

interface Language {
  readonly name: string;
  readonly missing: boolean;
  /** Lays the program of the page out in a folder, as the page says. @returns Its command. */
  prepare(folder: string, project: string): Promise<string[]>;
}

const languages: readonly Language[] = [
  {
    name: 'Python',
    missing: python === undefined || !makesPythonClients(),
    async prepare(folder, project) {
      const protos = await readdir(join(project, 'proto/library/v1'));
      const files = protos.map((name) => `library/v1/${name}`);
      await makePythonClient(join(project, 'proto'), files, folder);
      await writeTree(folder, [pageFile('copy_books.py')]);
      return [python ?? '', 'copy_books.py'];
    },
  },
  {
    name: 'Go',
    missing: !hasGo(),
    async prepare(folder, project) {
      const module = join(folder, 'src/example.com/books');
      await writeTree(module, [pageFile('buf.gen.yaml'), pageFile('main.go')]);
      await cp(join(project, 'proto'), join(module, 'proto'), { recursive: true });
      await runBuf(['generate', 'proto'], module);
      return [await buildGo(folder, 'example.com/books')];
    },
  },
];

function pageFile(name: string): [string, string] {
  const page = documentationPages().find(({ path }) => path === 'docs/clients.md');
  const snippet = page && snippetsOf(page).find(({ options }) => options.file === name);
  if (!snippet) throw new Error(`docs/clients.md has no ${name}`);
  return [name, snippet.code];
}

describe('the client in another language on the page', () => {
  const suite = suiteFolder();
  let project: Awaited<ReturnType<typeof generatedProject>>;
  let file: string;
  let port: number;
  beforeAll(async () => {
    project = await generatedProject('sqlite');
    file = join(project.folder, 'dev.db');
    const flags = ['--model', 'Book', '--rows', String(ROWS), '--row-bytes', String(ROW_BYTES), '--quiet'];
    await runNode(project.folder, [cli, 'seed', ...flags], { DATABASE_URL: `file:${file}` });
    port = await freePort();
  }, 120_000);
  afterAll(() => project?.remove());

  const startServer = () =>
    serveProject(project.folder, { url: `file:${file}` }, { env: { GRPC_STREAM_PORT: String(port) } });

  for (const { name, missing, prepare } of languages) {
    it.skipIf(missing)(
      `copies every row once, though the server is killed, and then the client: ${name}`,
      async () => {
        const folder = join(suite.path, name);
        await mkdir(folder);
        const command = await prepare(folder, project.folder);
        const position = join(folder, 'position.json');
        let server: ServedProject = await startServer();
        let client = startClient(command, folder, server.address);
        try {
          await client.until('rows', () => existsSync(position));
          client.child.kill('SIGSTOP');
          const before = readFileSync(position, 'utf8');
          await server.kill();
          server = await startServer();
          client.child.kill('SIGCONT');
          await client.until('a break', () => client.said().includes('continuing'));
          const broken = readFileSync(position, 'utf8');
          await client.until('more rows', () => readFileSync(position, 'utf8') !== broken);
          client.child.kill('SIGKILL');
          await once(client.child, 'close');
          expect([before, broken].filter((text) => lastIdIn(text) < ROWS)).toEqual([before, broken]);
          await appendFile(join(folder, 'books.jsonl'), '{"id": half a row');
          client = startClient(command, folder, server.address);
          const [exitCode] = await once(client.child, 'close');
          expect([exitCode, client.said()]).toEqual([0, '']);
        } finally {
          client.child.kill('SIGKILL');
          await server.kill();
        }
        const lines = (await readFile(join(folder, 'books.jsonl'), 'utf8')).trimEnd().split('\n');
        const expected = rowsInTable(file);
        expect(lines.length).toBe(expected.length);
        for (const [index, line] of lines.entries()) expect(comparable(JSON.parse(line))).toEqual(expected[index]);
      },
      240_000,
    );
  }
});

/** A client that is being run. */
interface RunningClient {
  readonly child: ChildProcess;
  said(): string;
  /** Waits for something that happens while it runs. */
  until(what: string, happened: () => boolean): Promise<void>;
}

function startClient([program = '', ...args]: readonly string[], cwd: string, address: string): RunningClient {
  const child = spawn(program, [...args, address], { cwd, stdio: ['ignore', 'inherit', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return {
    child,
    said: () => said,
    until: (what, happened) =>
      waitFor(`${what} of ${program}`, () => {
        if (child.exitCode !== null) throw new Error(`it ended before ${what}: ${child.exitCode} ${said}`);
        return happened();
      }),
  };
}

function lastIdIn(position: string): number {
  return Number(/\d+/.exec(position)?.[0]);
}

/** A row in the JSON of protobuf, with its numbers and times as values. */
function comparable({ status, publishedAt, sold = 0, ...row }: Record<string, unknown>): Record<string, unknown> {
  return { ...row, status, publishedAt: Date.parse(String(publishedAt)), sold: String(sold) };
}

/** Fields whose zero is as if unset. */
const WITHOUT_PRESENCE = ['id', 'isbn', 'title', 'pages', 'authorId'];

/** As SQLite has them, in the JSON of protobuf, which leaves out what is unset. */
function rowsInTable(path: string): Record<string, unknown>[] {
  const database = new Database(path, { readonly: true });
  try {
    const query = `
      SELECT id, isbn, title, summary, pages, rating, CAST(sold AS TEXT) AS sold, 'BOOK_STATUS_' || status AS status, publishedAt, authorId
      FROM Book ORDER BY id`;
    const rows = database.prepare<[], Record<string, unknown>>(query).all();
    const isSet = ([name, value]: [string, unknown]) =>
      value !== null && !(WITHOUT_PRESENCE.includes(name) && (value === 0 || value === ''));
    return rows.map((row) => comparable(Object.fromEntries(Object.entries(row).filter(isSet))));
  } finally {
    database.close();
  }
}
