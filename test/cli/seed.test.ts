import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { assertFileExists } from '../../src/runtime/database/open-database.js';
import { runNode } from '../support/linked-project.js';
import { type CliOptions, spawnCli } from '../support/spawn-cli.js';
import { packageRoot } from '../support/temporary-folder.js';

const DATABASE_MODULE = `
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaClient } from '../generated/prisma/client.js';

export function createAdapter() {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set');
  return new PrismaBetterSqlite3({ url });
}

export function createPrisma() {
  return new PrismaClient({ adapter: createAdapter() });
}
`;

const SCHEMA = `
generator client {
  provider = "prisma-client"
  output   = "../src/generated/prisma"
}
datasource db {
  provider = "sqlite"
}
model Author {
  id    Int    @id @default(autoincrement())
  name  String
  books Book[]
}
model Book {
  id       Int    @id @default(autoincrement())
  isbn     String @unique
  summary  String
  author   Author @relation(fields: [authorId], references: [id])
  authorId Int
}
`;

/** A project with a generated Prisma client, that every test gets a copy of. */
let template: string;

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'grpc-stream-seed-template-'));
  await mkdir(join(template, 'prisma'));
  await mkdir(join(template, 'src/grpc'), { recursive: true });
  await writeFile(join(template, 'package.json'), '{ "name": "library", "type": "module" }');
  await writeFile(join(template, '.env'), 'DATABASE_URL=file:./dev.db\n');
  await writeFile(join(template, 'prisma/schema.prisma'), SCHEMA);
  await writeFile(join(template, 'src/grpc/database.ts'), DATABASE_MODULE);
  await symlink(join(packageRoot, 'node_modules'), join(template, 'node_modules'));
  const prisma = join(packageRoot, 'node_modules/prisma/build/index.js');
  await runNode(template, [prisma, 'generate'], { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath });
});

afterAll(() => rm(template, { recursive: true, force: true }));

describe('grpc-stream seed', () => {
  test('creates the tables and fills them, parents first', async () => {
    const project = await copyOfProject();
    const { stdout, stderr, exitCode } = await seed(project, ['--rows', '3000', '--json']);
    expect({ exitCode, stderr: stderr.split('\n')[0] }).toEqual({
      exitCode: 0,
      stderr: '✔ created the tables Author, Book',
    });
    expect(report.parse(JSON.parse(stdout)).tables).toEqual([
      {
        model: 'Author',
        rows: 30,
        ms: expect.any(Number),
        rowsPerSecond: expect.any(Number),
        rowBytes: expect.any(Number),
      },
      {
        model: 'Book',
        rows: 3000,
        ms: expect.any(Number),
        rowsPerSecond: expect.any(Number),
        rowBytes: expect.closeTo(150, -1),
      },
    ]);
  });

  test('takes a relative database file from the folder of --cwd', async () => {
    const project = await copyOfProject();
    const { exitCode } = await seed(tmpdir(), ['--rows', '10', '--cwd', project]);
    expect(exitCode).toBe(0);
    const again = await seed(project, ['--rows', '10']);
    expect(again.stderr).toContain('the table of model "Book" has 10 rows already');
  });

  test('refuses a table that is not empty, and says how to add to it', async () => {
    const project = await copyOfProject();
    await seed(project, ['--rows', '10']);
    expect(await seed(project, ['--rows', '10'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error the table of model "Book" has 10 rows already\n  → add to them with --append, or empty the table first\n',
    });
    const appended = await seed(project, ['--rows', '10', '--append', '--json']);
    expect(report.parse(JSON.parse(appended.stdout)).tables).toMatchObject([{ model: 'Book', rows: 10 }]);
  });

  test.each([
    ['--rows', '0', 'a whole number from 1 to 1000000000'],
    ['--rows', '-1', 'a whole number from 1 to 1000000000'],
    ['--rows', 'abc', 'a whole number from 1 to 1000000000'],
    ['--rows', '1e3', 'a whole number from 1 to 1000000000'],
    ['--rows', '1000000000000', 'a whole number from 1 to 1000000000'],
    ['--row-bytes', '0', 'a whole number from 1 to 10000000'],
    ['--seed', '4294967296', 'a whole number from 0 to 4294967295'],
  ])('refuses %s %s', async (flag, value, allowed) => {
    const { exitCode, stdout, stderr } = await seed(template, [flag, value]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(`error: option '${flag} <`);
    expect(stderr).toContain(`argument '${value}' is invalid. It must be ${allowed}.`);
  });

  test('names the models there are when it is asked for another', async () => {
    const { exitCode, stderr } = await seed(await copyOfProject(), ['--model', 'Boook']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'error the schema has no model "Boook"\n  → choose one of: Author, Book\n',
    });
  });

  test('ends with 130 on Ctrl-C, and says what it wrote', async () => {
    const project = await copyOfProject();
    const { exitCode, stderr } = await seed(project, ['--model', 'Author', '--rows', '100000000'], {
      interruptAfter: 'seeding',
    });
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/interrupted/);
    expect(stderr).not.toContain('    at ');
  });
});

describe('what a project can lack, with what to do about it', () => {
  test('DATABASE_URL', async () => {
    const project = await copyOfProject();
    await rm(join(project, '.env'));
    expect(await seed(project, [])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'error src/grpc/database.ts: DATABASE_URL is not set\n  → set DATABASE_URL, in the environment or in .env\n',
    });
  });

  test('database.ts', async () => {
    const project = await copyOfProject();
    await rm(join(project, 'src/grpc/database.ts'));
    const { exitCode, stderr } = await seed(project, []);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('database.ts does not exist\n  → `npx grpc-stream init` makes one');
  });

  test('the generated client', async () => {
    const project = await copyOfProject();
    await rm(join(project, 'src/generated'), { recursive: true });
    const { exitCode, stderr } = await seed(project, []);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('→ generate the Prisma client: `npx grpc-stream generate`');
  });

  test('the adapter package', async () => {
    const project = await copyOfProject();
    const module = DATABASE_MODULE.replace('@prisma/adapter-better-sqlite3', '@prisma/adapter-not-there');
    await writeFile(join(project, 'src/grpc/database.ts'), module);
    expect(await seed(project, [])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'error src/grpc/database.ts needs the package @prisma/adapter-not-there\n  → npm install @prisma/adapter-not-there\n',
    });
  });

  test('the folder of the database', async () => {
    const project = await copyOfProject();
    await writeFile(join(project, '.env'), 'DATABASE_URL=file:./not/there.db\n');
    expect(await seed(project, [])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'error the database cannot be opened: Cannot open database because the directory does not exist\n' +
        '  → check DATABASE_URL, and the adapter in database.ts\n',
    });
  });

  test('columns that the schema has got since', async () => {
    const project = await copyOfProject();
    await seed(project, ['--rows', '10']);
    await writeFile(join(project, 'prisma/schema.prisma'), SCHEMA.replace('isbn ', 'blurb String\n  isbn '));
    const { exitCode, stderr } = await seed(project, ['--append']);
    expect({ exitCode, stderr: stderr.split('\n').filter((line) => !line.startsWith('-')) }).toEqual({
      exitCode: 3,
      stderr: [
        'error table "Book" cannot be filled: the table has no column blurb',
        '  → bring the database in line with the schema: `npx prisma db push`, or your migrations',
        '',
      ],
    });
  });
});

describe('assertFileExists', () => {
  const sqlite = { provider: 'sqlite' } as const;

  test('refuses a SQLite file that is not there, and says how to make it', () => {
    expect(() => assertFileExists(sqlite, 'file:/not/there.db')).toThrow(
      expect.objectContaining({
        name: 'EnvironmentError',
        message: 'the database file /not/there.db does not exist',
        nextActions: [
          'create and fill it: `npx grpc-stream seed --rows 10000`',
          'or only create it: `npx prisma db push`',
        ],
      }),
    );
  });

  test.each([
    ['a file that is there', sqlite, `file:${import.meta.filename}`],
    ['a database in memory', sqlite, 'file::memory:'],
    ['a server', { provider: 'postgres' } as const, 'postgresql://localhost/library'],
    ['a URL that only database.ts knows', sqlite, undefined],
  ])('accepts %s', (_, adapter, url) => {
    expect(() => assertFileExists(adapter, url)).not.toThrow();
  });
});

const report = z.object({
  tables: z.array(
    z.object({ model: z.string(), rows: z.number(), ms: z.number(), rowsPerSecond: z.number(), rowBytes: z.number() }),
  ),
});

async function copyOfProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-seed-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(template, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}

function seed(project: string, args: readonly string[], options: CliOptions = {}) {
  return spawnCli(['seed', ...args], { cwd: project, env: { DATABASE_URL: undefined }, ...options });
}
