import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { describe, expect, test } from 'vitest';
import { EnvironmentError } from '../../src/errors/index.js';
import { parseSchema, readSchemaFiles } from '../../src/schema/index.js';
import { creationScript, parseCreationScript } from '../../src/seed/tables/schema-engine.js';
import { wholeSchema } from '../../src/seed/tables/table-queries.js';
import { productFixtures, schemaFixtures } from '../schema/fixtures.js';

const unused = () => Promise.reject(new Error('the engine must not write'));

/** A connection that answers the one question that the engine asks of PostgreSQL: whether the namespace exists, and which version it is. */
function connectionOf(provider: SqlDriverAdapter['provider'], asked: string[] = []): SqlDriverAdapter {
  return {
    provider,
    adapterName: 'a-driver',
    queryRaw: async ({ sql }) => {
      asked.push(sql);
      const columnNames = ['exists', 'version', 'numeric_version'];
      return { columnNames, columnTypes: [5, 7, 0], rows: [[true, 'PostgreSQL 16.1', 160_001]] };
    },
    executeRaw: unused,
    executeScript: unused,
    startTransaction: unused,
    getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
    dispose: async () => undefined,
  };
}

async function scriptOf(path: string) {
  const files = await readSchemaFiles(path);
  const schema = wholeSchema(parseSchema(files));
  const provider = schema.provider === 'sqlite' ? 'sqlite' : 'postgres';
  return { schema, script: await creationScript(connectionOf(provider), files) };
}

const fixtures = [...schemaFixtures, ...productFixtures];

describe('the installed schema engine', () => {
  test('is the version that package.json names, exactly', () => {
    const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(manifest.dependencies['@prisma/schema-engine-wasm']).toBe(version);
  });

  test.each(fixtures)('writes a script for $name in which every statement has a subject', async ({ schema: path }) => {
    const content = (await readSchemaFiles(path)).map((file) => file.content).join('\n');
    if (!/provider *= *"(sqlite|postgresql)"/.test(content)) return;
    const { schema, script } = await scriptOf(path);
    const created = script.filter(({ makesTable }) => makesTable).map(({ name }) => name);
    expect(created).toEqual(expect.arrayContaining(schema.models.map(({ table }) => table)));
    const tables = script.filter(({ of }) => of === 'table').map(({ name }) => name);
    expect(tables.filter((name) => !created.includes(name))).toEqual([]);
    const enums = script.filter(({ of }) => of === 'enum').map(({ name }) => name);
    expect(enums).toEqual(expect.arrayContaining(provided(schema.enums, schema.provider)));
  });

  test.each([
    ['sqlite', []],
    [
      'postgres',
      [expect.stringMatching(/^SELECT EXISTS\(SELECT 1 FROM pg_namespace WHERE nspname = \$1\), version\(\)/)],
    ],
  ] as const)('asks a connection to %s no more than whether its namespace exists', async (provider, questions) => {
    const asked: string[] = [];
    const name = provider === 'postgres' ? 'postgresql' : provider;
    const content = `datasource db {\n  provider = "${name}"\n}\nmodel A {\n  id Int @id\n}\n`;
    await creationScript(connectionOf(provider, asked), [{ path: 's.prisma', content }]);
    expect(asked).toEqual(questions);
  });

  test('writes nothing for a schema without models', async () => {
    const files = [{ path: 's.prisma', content: 'datasource db {\n  provider = "sqlite"\n}\n' }];
    expect(await creationScript(connectionOf('sqlite'), files)).toEqual([]);
  });
});

/** SQLite has no enums. */
function provided(enums: readonly { readonly name: string; readonly stored?: string }[], provider: string): string[] {
  return provider === 'sqlite' ? [] : enums.map(({ name, stored = name }) => stored);
}

describe('a script of the schema engine', () => {
  test('is split into statements, each with its subject', () => {
    const script = [
      '-- CreateSchema\nCREATE SCHEMA IF NOT EXISTS "public";\n',
      '-- CreateEnum\nCREATE TYPE "Colour" AS ENUM (\'RED\');\n',
      '-- CreateTable\nCREATE TABLE "sales"."orders" (\n    "id" INTEGER\n);\n',
      '-- CreateIndex\nCREATE UNIQUE INDEX "orders_key" ON "sales"."orders"("id");\n',
      '-- AddForeignKey\nALTER TABLE "sales"."orders" ADD CONSTRAINT "c" FOREIGN KEY ("id") REFERENCES "a"("id");\n',
    ].join('\n');
    expect(parseCreationScript(script).map(({ sql: _, ...subject }) => subject)).toEqual([
      { of: 'enum', namespace: undefined, name: 'Colour', makesTable: false },
      { of: 'table', namespace: 'sales', name: 'orders', makesTable: true },
      { of: 'table', namespace: 'sales', name: 'orders', makesTable: false },
      { of: 'table', namespace: 'sales', name: 'orders', makesTable: false },
    ]);
  });

  test.each([
    ['is missing', undefined],
    ['has no comments', 'CREATE TABLE "a" ("id" INTEGER);'],
    ['has an unknown kind of statement', '-- DropTable\nDROP TABLE "a";'],
    ['has another statement under a comment', '-- CreateTable\nDROP TABLE "a";'],
    ['quotes names otherwise', '-- CreateTable\nCREATE TABLE [a] ([id] INTEGER);'],
  ])('is refused when it %s', (_what, script) => {
    expect(() => parseCreationScript(script)).toThrow(EnvironmentError);
    expect(() => parseCreationScript(script)).toThrow("Prisma's schema engine is not the expected one: ");
  });
});
