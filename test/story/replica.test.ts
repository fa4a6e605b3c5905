import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { status as Status } from '@grpc/grpc-js';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readSchemaFiles } from '../../src/schema/index.js';
import { createTables } from '../../src/seed/index.js';
import { checkHealth } from '../../src/server/index.js';
import { type BookClient, bookClient } from '../support/book-client.js';
import { runNode, tsc } from '../support/linked-project.js';
import { ask, type ReplicatedPostgres, startReplicatedPostgres } from '../support/replicated-postgres.js';
import {
  generatedProject,
  type ServedProject,
  type ServeProjectOptions,
  serveProject,
} from '../support/served-project.js';
import { spawnCli } from '../support/spawn-cli.js';

let project: Awaited<ReturnType<typeof generatedProject>>;
let postgres: ReplicatedPostgres;
let books = 0;

beforeAll(async () => {
  project = await generatedProject('postgresql');
  postgres = await startReplicatedPostgres();
  const schemaFiles = await readSchemaFiles(join(project.folder, 'prisma/schema.prisma'));
  await createTables({ adapter: new PrismaPg({ connectionString: postgres.primary.url }), schemaFiles });
  await execute(`INSERT INTO "Author" ("email", "name") VALUES ('mary@example.org', 'Mary')`);
  for (let book = 0; book < 20; book++) await addBook();
  await postgres.caughtUp();
});
afterAll(async () => {
  await postgres?.stop();
  await project?.remove();
});

const opened: { server: ServedProject; client: BookClient }[] = [];
afterEach(async () => {
  for (const { server, client } of opened.splice(0)) {
    client.close();
    await server.kill();
  }
});

async function serve({ entry, env = { DATABASE_REPLICA_URL: postgres.replica.url } }: ServeProjectOptions = {}) {
  const server = await serveProject(project.folder, postgres.primary, { ...(entry && { entry }), env });
  const client = bookClient(project.folder, server.address);
  opened.push({ server, client });
  return { server, client, health: () => checkHealth({ address: server.address }) };
}

/** Every way to a row: by SQL, through Prisma's client, in a snapshot of either. */
const REQUESTS = [
  {},
  { filter: { pages: { gt: -1 } } },
  { consistency: 'CONSISTENCY_SNAPSHOT' },
  { filter: { pages: { gt: -1 } }, consistency: 'CONSISTENCY_SNAPSHOT' },
];

/** How many books each way finds. */
async function counts(client: BookClient): Promise<number[]> {
  const found: number[] = [];
  for (const request of REQUESTS) found.push((await client.read(request)).ids.length);
  return found;
}

describe.each(['serve', 'server.ts'] as const)('%s with DATABASE_REPLICA_URL', (entry) => {
  it('reads every stream and every partition from the replica, however far it lags', async () => {
    const { server, client } = await serve({ entry });
    await postgres.pauseReplay();
    try {
      await addBook();
      expect(await counts(client)).toEqual(REQUESTS.map(() => books - 1));
      const { partitions } = await client.partition(2);
      const parts = await Promise.all(partitions.map((partition) => client.read({ partition })));
      expect(parts.flatMap(({ ids }) => ids)).toHaveLength(books - 1);
    } finally {
      await postgres.resumeReplay();
    }
    await postgres.caughtUp();
    expect(await counts(client)).toEqual(REQUESTS.map(() => books));
    expect(server.said()).toContain('streams read from the replica');
    expect(await server.terminate()).toBe(0);
  });
});

describe('a server with a replica', () => {
  it('lets hooks and services of the project use the primary, and write to it', async () => {
    const services = join(project.folder, 'src/grpc/services.ts');
    const before = await readFile(services, 'utf8');
    await writeFile(services, writingHooks);
    try {
      await runNode(project.folder, [tsc, '--noEmit']);
      const { client } = await serve();
      await postgres.pauseReplay();
      const { ids, status } = await client.read();
      expect([ids.length, Status[status.code]]).toEqual([books, 'OK']);
      expect(await ask(postgres.primary.url, `SELECT count(*)::int FROM "Author" WHERE "name" = 'audit'`)).toBe(1);
      expect(await ask(postgres.replica.url, `SELECT count(*)::int FROM "Author" WHERE "name" = 'audit'`)).toBe(0);
    } finally {
      await postgres.resumeReplay();
      await writeFile(services, before);
    }
  });

  it('has the health of the replica', async () => {
    const { server, client, health } = await serve();
    await server.logLine('the replica answers');
    await postgres.primary.shutDown();
    expect(await counts(client)).toEqual(REQUESTS.map(() => books));
    expect(await health()).toBe('SERVING');
    await postgres.primary.start();

    await postgres.replica.shutDown();
    expect(await server.logLine('the replica does not answer: health is NOT_SERVING until it does')).toMatchObject({
      next: expect.arrayContaining(['check DATABASE_REPLICA_URL, and the adapter in database.ts']),
    });
    expect(await health()).toBe('NOT_SERVING');
    expect(Status[(await client.read()).status.code]).toBe('UNAVAILABLE');
    await postgres.replica.start();
    await server.logLine('the replica answers');
    expect(await health()).toBe('SERVING');
    expect(await counts(client)).toEqual(REQUESTS.map(() => books));
  });

  it('is checked by doctor as well', async () => {
    const env = { DATABASE_URL: postgres.primary.url, DATABASE_REPLICA_URL: postgres.replica.url };
    const looked = await spawnCli(['doctor'], { cwd: project.folder, env });
    expect(looked.stdout + looked.stderr).toMatch(/replica\W+answers/);
    const wrong = { ...env, DATABASE_REPLICA_URL: 'postgresql://postgres:s3cret@127.0.0.1:1/postgres' };
    const missed = await spawnCli(['doctor'], { cwd: project.folder, env: wrong });
    expect(missed.stdout + missed.stderr).toMatch(/replica\W+nothing answers at 127\.0\.0\.1:1/);
    expect(missed.stdout + missed.stderr).not.toContain('s3cret');
  });
});

describe('a database.ts that an earlier init wrote', () => {
  let file: string;
  let before: string;
  beforeAll(async () => {
    file = join(project.folder, 'src/grpc/database.ts');
    before = await readFile(file, 'utf8');
    await writeFile(file, earlierModule);
  });
  afterAll(() => writeFile(file, before));

  it('serves as before without a replica', async () => {
    await runNode(project.folder, [tsc, '--noEmit']);
    for (const entry of ['serve', 'server.ts'] as const) {
      const { client } = await serve({ entry, env: {} });
      expect(await counts(client)).toEqual(REQUESTS.map(() => books));
    }
  });

  it('ends with a message that says what to add when there is a replica', async () => {
    const env = { DATABASE_URL: postgres.primary.url, DATABASE_REPLICA_URL: postgres.replica.url };
    const { exitCode, stderr } = await spawnCli(['serve', '--port', '0'], { cwd: project.folder, env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error DATABASE_REPLICA_URL is set, and database.ts has no createReplica()');
    const [, addition = ''] = /→ and add to it: `(.+)`$/m.exec(stderr) ?? [];
    const entry = runNode(project.folder, ['--import', 'tsx', 'src/grpc/generated/server.ts'], env);
    await expect(entry).rejects.toThrow('DATABASE_REPLICA_URL is set, and database.ts has no createReplica()');
    // What it says to do is enough.
    const takingUrls = earlierModule.replaceAll(/(createAdapter|createPrisma)\(\) \{/g, '$1(url = databaseUrl()) {');
    await writeFile(
      file,
      `${takingUrls.replace('databaseUrl() })', 'url })').replace('createAdapter() })', 'createAdapter(url) })')}${addition}\n`,
    );
    await runNode(project.folder, [tsc, '--noEmit']);
    const { client } = await serve();
    await postgres.pauseReplay();
    await addBook();
    expect(await counts(client)).toEqual(REQUESTS.map(() => books - 1));
    await postgres.resumeReplay();
  });
});

it('is refused for SQLite, with the reason', async () => {
  const other = await generatedProject('sqlite');
  try {
    const env = { DATABASE_URL: 'file:./a.db', DATABASE_REPLICA_URL: 'file:./b.db' };
    const { exitCode, stderr } = await spawnCli(['serve', '--port', '0'], { cwd: other.folder, env });
    expect([exitCode, stderr]).toEqual([
      2,
      'error DATABASE_REPLICA_URL is set, and SQLite has no replicas\n' +
        '  → unset it: every process of this machine can read the one file\n',
    ]);
  } finally {
    await other.remove();
  }
});

/** Writes to the database that it was given before it lets a call in: a replica would refuse. */
const writingHooks = `
import type { ServiceHooks, StreamService, StreamServiceOptions } from 'grpc-stream/runtime';
import { PrismaClient } from '../generated/prisma/client.js';
import type { StreamedModels } from './generated/services.js';

let prisma: PrismaClient;

export const hooks: ServiceHooks<StreamedModels> = {
  '*': {
    authorize: async () => {
      await prisma.author.create({ data: { email: 'audit@example.org', name: 'audit' } });
    },
    scope: async () => ({ authorId: { in: (await prisma.author.findMany()).map(({ id }) => id) } }),
  },
};

export function ownServices(options: StreamServiceOptions<StreamedModels>): StreamService[] {
  prisma = options.prisma as PrismaClient;
  return [];
}
`;

const earlierModule = `
import { existsSync } from 'node:fs';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../generated/prisma/client.js';

export function createAdapter() {
  return new PrismaPg({ connectionString: databaseUrl() });
}

export function createPrisma() {
  return new PrismaClient({ adapter: createAdapter() });
}

function databaseUrl(): string {
  if (!process.env.DATABASE_URL && existsSync('.env')) process.loadEnvFile('.env');
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set');
  return url;
}
`;

async function addBook(): Promise<void> {
  books++;
  await execute(
    `INSERT INTO "Book" ("isbn", "title", "pages", "publishedAt", "authorId") VALUES ('isbn-${books}', 'Book', 1, now(), 1)`,
  );
}

async function execute(sql: string): Promise<void> {
  const connection = await new PrismaPg({ connectionString: postgres.primary.url }).connect();
  try {
    await connection.executeRaw({ sql, args: [], argTypes: [] });
  } finally {
    await connection.dispose();
  }
}
