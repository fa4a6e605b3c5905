import { existsSync } from 'node:fs';
import { copyFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { status as Status } from '@grpc/grpc-js';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readSchemaFiles } from '../../src/schema/index.js';
import { createTables } from '../../src/seed/index.js';
import { checkHealth } from '../../src/server/index.js';
import { type BookClient, bookClient } from '../support/book-client.js';
import { cli, runNode } from '../support/linked-project.js';
import { missingMariaDb, startMariaDb } from '../support/mariadb.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { richStatusOf } from '../support/rich-status.js';
import {
  generatedProject,
  type ServedProject,
  type ServeProjectOptions,
  serveProject,
} from '../support/served-project.js';

type Project = Awaited<ReturnType<typeof generatedProject>>;

const AUTHORS = 'library.v1.AuthorStreamService';
const BOOKS = 'library.v1.BookStreamService';

const opened: { server: ServedProject; client: BookClient }[] = [];
afterEach(async () => {
  for (const { server, client } of opened.splice(0)) {
    client.close();
    await server.kill();
  }
});

async function serve(project: Project, url: string, options?: ServeProjectOptions) {
  const server = await serveProject(project.folder, { url }, options);
  const client = bookClient(project.folder, server.address);
  opened.push({ server, client });
  const health = (service?: string) => checkHealth({ address: server.address, service });
  return { server, client, health };
}

/** Every way to a row: by SQL, through Prisma's client, in a snapshot of either. */
const REQUESTS = [
  {},
  { filter: { pages: { gt: -1 } } },
  { consistency: 'CONSISTENCY_SNAPSHOT' },
  { filter: { pages: { gt: -1 } }, consistency: 'CONSISTENCY_SNAPSHOT' },
];

async function expectUnavailable(client: BookClient): Promise<void> {
  for (const request of REQUESTS) {
    const { ids, status } = await client.read(request);
    expect([ids, Status[status.code]]).toEqual([[], 'UNAVAILABLE']);
    expect(richStatusOf(status)?.details).toHaveProperty(['google.rpc.RetryInfo']);
  }
}

describe('a server of a SQLite file', () => {
  let project: Project;
  beforeAll(async () => {
    project = await generatedProject('sqlite');
  });
  afterAll(() => project?.remove());

  const seed = (file: string, rows: number) =>
    runNode(project.folder, [cli, 'seed', '--model', 'Book', '--rows', `${rows}`, '--quiet'], {
      DATABASE_URL: `file:./${file}`,
    });

  it('says when the file is replaced or damaged, and reads what stands there as soon as it is sound', async () => {
    const [file, other] = [join(project.folder, 'books.db'), join(project.folder, 'other.db')];
    await seed('books.db', 30);
    await seed('other.db', 10);
    const { server, client, health } = await serve(project, 'file:./books.db');
    await expect.poll(health, { timeout: 30_000 }).toBe('SERVING');
    for (const request of REQUESTS) expect((await client.read(request)).ids).toHaveLength(30);

    await copyFile(file, join(project.folder, 'sound.db'));
    await rename(other, file);
    expect(await server.logLine('the database file was removed or replaced')).toMatchObject({ file });
    for (const request of REQUESTS) expect((await client.read(request)).ids).toHaveLength(10);

    await writeFile(file, 'This is no database. '.repeat(1000));
    await expect.poll(health, { timeout: 30_000 }).toBe('NOT_SERVING');
    expect(await server.logLine(/^the database does not answer/)).toMatchObject({
      reason: 'file is not a database',
      next: [expect.stringContaining('restore the file'), expect.anything()],
    });
    await expectUnavailable(client);

    await copyFile(join(project.folder, 'sound.db'), file);
    await expect.poll(health, { timeout: 30_000 }).toBe('SERVING');
    for (const request of REQUESTS) expect((await client.read(request)).ids).toHaveLength(30);
  });
});

describe.each(['serve', 'server.ts'] as const)('%s on SQLite, without the file', (entry) => {
  let project: Project;
  beforeAll(async () => {
    project = await generatedProject('sqlite');
  });
  afterAll(() => project?.remove());

  it('says what is missing and what to do, creates no file, and serves as soon as it exists', async () => {
    const file = join(project.folder, 'later.db');
    const { server, client, health } = await serve(project, 'file:./later.db', { entry });
    expect(await server.logLine(/^the database does not answer/)).toMatchObject({
      reason: `the database file ${file} does not exist`,
      next: ['create and fill it: `npx grpc-stream seed --rows 10000`', 'or only create it: `npx prisma db push`'],
    });
    expect(await health()).toBe('NOT_SERVING');
    await expectUnavailable(client);
    expect(existsSync(file)).toBe(false);
    await runNode(project.folder, [cli, 'seed', '--model', 'Book', '--rows', '30', '--quiet'], {
      DATABASE_URL: 'file:./later.db',
    });
    // It may have looked while there was a file and no table yet.
    await server.logLine(/^the database answers/);
    await expect.poll(health, { timeout: 30_000 }).toBe('SERVING');
    for (const request of REQUESTS) expect((await client.read(request)).ids).toHaveLength(30);
  });
});

describe('serve on PostgreSQL', () => {
  let project: Project;
  let postgres: PostgresServer;
  beforeAll(async () => {
    project = await generatedProject('postgresql');
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres?.stop();
    await project?.remove();
  });

  /** How often a reason was logged. */
  const told = ({ said }: ServedProject, text: string) => said().split(text).length - 1;

  it.each([
    ['a wrong password', { password: 'wr0ng-secret' }, 'password authentication failed for user \\"postgres\\"'],
    ['the name of no database', { pathname: '/nowhere' }, 'database \\"nowhere\\" does not exist'],
    ['an address where nobody listens', { port: '1' }, 'nothing answers at 127.0.0.1:1'],
  ])('starts with %s, and says so once, without a secret', async (_, wrong, reason) => {
    const url = Object.assign(new URL(postgres.url), wrong);
    const { server, client, health } = await serve(project, url.href);
    await server.logLine(/^the database does not answer/);
    expect(await health()).toBe('NOT_SERVING');
    expect(await health('liveness')).toBe('SERVING');
    await expectUnavailable(client);
    expect(told(server, reason)).toBeGreaterThan(0);
    expect(told(server, 'the database does not answer')).toBe(1);
    expect(server.said()).not.toContain(url.password);
  });

  it('says which tables are missing and what to run, and serves each as soon as it exists', async () => {
    const { server, client, health } = await serve(project, postgres.url);
    expect(await server.logLine(/^the database answers, but lacks tables/)).toMatchObject({
      lacking: [
        { service: AUTHORS, reason: 'there is no table Author' },
        { service: BOOKS, reason: 'there is no table Book' },
      ],
      next: ['bring the database in line with the schema: `npx prisma db push`, or your migrations'],
    });
    expect([await health(), await health(BOOKS)]).toEqual(['NOT_SERVING', 'NOT_SERVING']);
    await expectUnavailable(client);

    await execute('CREATE TABLE "Author" ("id" SERIAL PRIMARY KEY, "email" TEXT NOT NULL, "name" TEXT NOT NULL)');
    expect((await server.logLine(/lacks tables/)).lacking).toEqual([
      { service: BOOKS, reason: 'there is no table Book' },
    ]);
    expect([await health(), await health(AUTHORS), await health(BOOKS)]).toEqual(['SERVING', 'SERVING', 'NOT_SERVING']);

    await execute('DROP TABLE "Author"');
    await makeTables();
    await server.logLine('the database answers');
    expect([await health(), await health(BOOKS)]).toEqual(['SERVING', 'SERVING']);
    expect(Status[(await client.read()).status.code]).toBe('OK');
  });

  it('logs once that the database does not answer, and once that it answers again', async () => {
    await makeTables();
    const { server, client, health } = await serve(project, postgres.url);
    await server.logLine('the database answers');
    await postgres.shutDown();
    await server.logLine(/^the database does not answer/);
    expect(await health()).toBe('NOT_SERVING');
    await expectUnavailable(client);
    await postgres.start();
    await server.logLine('the database answers');
    expect(await health()).toBe('SERVING');
    for (const request of REQUESTS) expect(Status[(await client.read(request)).status.code]).toBe('OK');
    expect(told(server, 'the database does not answer')).toBe(1);
    expect(server.said()).not.toContain(`:${new URL(postgres.url).password}@`);
  });

  async function makeTables(): Promise<void> {
    const schemaFiles = await readSchemaFiles(join(project.folder, 'prisma/schema.prisma'));
    await createTables({ adapter: new PrismaPg({ connectionString: postgres.url }), schemaFiles });
  }

  async function execute(sql: string): Promise<void> {
    const connection = await new PrismaPg({ connectionString: postgres.url }).connect();
    await connection.executeRaw({ sql, args: [], argTypes: [] });
    await connection.dispose();
  }
});

const missing = missingMariaDb();
if (missing) process.stderr.write(`Skipped on MariaDB: ${missing}\n`);
describe.skipIf(missing)('serve on MariaDB', () => {
  it('says why the pool of its driver cannot connect, though the error comes after the timeout of health', async () => {
    const project = await generatedProject('mysql');
    const mariadb = await startMariaDb();
    try {
      const url = Object.assign(new URL(mariadb.url.replace('mariadb:', 'mysql:')), { pathname: '/nowhere' });
      const { server, client } = await serve(project, url.href);
      await server.logLine(/^the database does not answer/);
      expect(await server.logLine(/^the database does not answer/)).toMatchObject({
        reason: "Unknown database 'nowhere'",
      });
      expect(Status[(await client.read()).status.code]).toBe('UNAVAILABLE');
    } finally {
      await mariadb.stop();
      await project.remove();
    }
  });
});
