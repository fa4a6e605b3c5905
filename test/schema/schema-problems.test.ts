import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SchemaError } from '../../src/errors/index.js';
import { loadSchema, parseSchema, readSchemaFiles } from '../../src/schema/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { schemaFixtures } from './fixtures.js';

const DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n';

const LESS_EXACT =
  'Prisma reads id less precisely than the database stores it, so rows would be sent twice or not at all';

describe('a schema with mistakes', () => {
  it('reports every problem, sorted by file and line', () => {
    const error = errorOf(
      ['b.prisma', 'model Post {\n  id Int @id\n  what is this\n}\nenum Empty {\n}\n'],
      [
        'a.prisma',
        `${DATASOURCE}model User {\n  id Int @id\n  a Strin\n  b Foo\n  posts Pst[] @relation("x")\n}\nmodel Twice {\n  id Int @id\n  id Int\n}\n`,
      ],
    );
    expect(error.code).toBe('schema.invalid');
    expect(error.location).toEqual({ file: 'a.prisma', line: 6 });
    expect(error.message).toBe(
      [
        'Type "Strin" is neither a built-in type, nor refers to another model, composite type, or enum.',
        '      a.prisma:7: Type "Foo" is neither a built-in type, nor refers to another model, composite type, or enum.',
        '      a.prisma:8: Type "Pst" is neither a built-in type, nor refers to another model, composite type, or enum.',
        '      a.prisma:12: Field "id" is already defined on model "Twice".',
        '      b.prisma:3: This line is not a valid field or attribute definition.',
        '      b.prisma:5: An enum must have at least one value.',
      ].join('\n'),
    );
  });

  it('reports a model without a unique column with what to add', () => {
    const error = errorOf(['s.prisma', `${DATASOURCE}model Event {\n  at DateTime\n}\n`]);
    expect(error.location).toEqual({ file: 's.prisma', line: 4 });
    expect(error.message).toBe('model "Event" has no unique, non-null key to stream by; add @id or @@unique');
  });

  it('reports a model whose only unique column is nullable with what to add', () => {
    const error = errorOf(['s.prisma', `${DATASOURCE}model Event {\n  at DateTime? @unique\n}\n`]);
    expect(error.message).toBe('model "Event" has no unique, non-null key to stream by; add @id or @@unique');
  });

  it('names the field and the model', () => {
    const error = errorOf([
      's.prisma',
      `${DATASOURCE}model User {\n  id Int @id\n  bossId Int\n  boss User @relation(fields: [bossId], references: [id])\n}\n`,
    ]);
    expect(error.location).toEqual({ file: 's.prisma', line: 7 });
    expect(error.message).toMatch(/^The relation field `boss` on model `User` is missing an opposite relation field/);
  });

  it('reports `url`, which Prisma 7 no longer reads, on one line', () => {
    const error = errorOf(['s.prisma', 'datasource db {\n  provider = "sqlite"\n  url = env("DATABASE_URL")\n}\n']);
    expect(error.location).toEqual({ file: 's.prisma', line: 3 });
    expect(error.message).toContain('url');
    expect(error.message).not.toContain('\n');
    expect(stripVTControlCharacters(error.message)).toBe(error.message);
    expect(error.message).not.toMatch(/-->/);
  });

  it('reports problems without colours and excerpts', () => {
    for (const text of ['model', 'model A {', 'model A {\n id Int @id @id\n}', '}', 'model A {\n id Int @foo\n}']) {
      const { message, location } = errorOf(['s.prisma', `${DATASOURCE}${text}`]);
      expect(message).not.toMatch(/-->|\d \|/);
      expect(location?.line, text).toBeGreaterThanOrEqual(4);
    }
  });

  it('needs a datasource', () => {
    const error = errorOf(['s.prisma', 'model A {\n  id Int @id\n}\n']);
    expect(error.code).toBe('schema.no_datasource');
    expect(error.message).toBe('s.prisma has no datasource block');
    expect(error.nextActions).toEqual(['add: datasource db { provider = "sqlite" }']);
  });

  it('is refused for a database that cannot be streamed from, with those that can', () => {
    const error = errorOf(['s.prisma', '// Ours.\ndatasource db {\n  provider = "mongodb"\n}\n']);
    expect(error.location).toEqual({ file: 's.prisma', line: 2 });
    expect(error.message).toBe(
      'the datasource is mongodb, which grpc-stream cannot stream from; it supports sqlite, postgresql, mysql, cockroachdb, sqlserver',
    );
  });
});

describe('a model is skipped with its location and the reason when its only key', () => {
  const cases = [
    ['cockroachdb', 'id Bytes @id', 'Prisma cannot select the rows after a value of id (Bytes)'],
    ['postgresql', 'id DateTime @id @db.Timetz(3)', LESS_EXACT],
    ['sqlserver', 'id DateTime @id', LESS_EXACT],
    ['sqlserver', 'id DateTime @id @db.DateTime', LESS_EXACT],
    ['cockroachdb', 'id DateTime @id @db.Timestamp(4)', LESS_EXACT],
  ] as const;
  it.each(cases)('in %s is %s', (provider, field, why) => {
    const { models, skipped } = parseSchema([schemaOf(provider, field)]);
    expect(models).toEqual([]);
    const reason = `model "Event" has only the key id, but ${why}; add @id or @@unique over other columns`;
    expect(skipped).toEqual([{ name: 'Event', table: 'Event', reason, file: 's.prisma', line: 4 }]);
  });

  it.each([
    ['postgresql', 'id DateTime @id'],
    ['postgresql', 'id DateTime @id @db.Timestamptz(3)'],
    ['postgresql', 'id DateTime @id @db.Date'],
    ['postgresql', 'id Float @id'],
    ['mysql', 'id DateTime @id @db.DateTime(3)'],
    ['mysql', 'id DateTime @id @db.Timestamp'],
    ['sqlserver', 'id DateTime @id @db.Date'],
    ['sqlserver', 'id Float @id'],
    ['cockroachdb', 'id Bytes @id\n  code String @unique'],
    ['postgresql', 'id Bytes @id'],
    ['postgresql', 'id DateTime @id @db.Timestamptz(6)'],
    ['postgresql', 'id DateTime @id @db.Timestamp'],
    ['postgresql', 'id Float @id @db.Real'],
    ['mysql', 'id DateTime @id @db.DateTime(6)'],
    ['mysql', 'id Float @id @db.Float'],
  ] as const)('is kept when a stream can continue after its values: in %s %s', (provider, field) => {
    const { models, skipped } = parseSchema([schemaOf(provider, field)]);
    expect({ models: models.length, skipped }).toEqual({ models: 1, skipped: [] });
  });

  it('is an id by which no client streamed, where a stream could always continue after another', () => {
    const { models } = parseSchema([schemaOf('postgresql', 'id Bytes @id\n  code String @unique')]);
    expect(models[0]?.key.fields).toEqual(['code']);
  });

  function schemaOf(provider: string, field: string) {
    return {
      path: 's.prisma',
      content: `datasource db {\n  provider = "${provider}"\n}\nmodel Event {\n  ${field}\n}\n`,
    };
  }
});

describe('a schema path', () => {
  it('that does not exist is reported with what to do', async () => {
    const folder = await temporaryFolder();
    const error = await failureOf(join(folder, 'none.prisma'));
    expect(error.code).toBe('schema.missing');
    expect(error.message).toBe(`the Prisma schema ${join(folder, 'none.prisma')} does not exist`);
    expect(error.nextActions).toHaveLength(1);
  });

  it('that is an empty folder is reported', async () => {
    const folder = await temporaryFolder();
    const error = await failureOf(folder);
    expect(error.code).toBe('schema.empty');
    expect(error.message).toBe(`the folder ${folder} has no .prisma file`);
    expect(error.nextActions).toHaveLength(1);
  });

  it('that is a folder is read with its subfolders, sorted by path', async () => {
    const files = { 'b/z.prisma': '', 'c.prisma': '', 'a.prisma': DATASOURCE, 'notes.md': '' };
    const folder = await temporaryFolder(files);
    const found = await readSchemaFiles(folder);
    expect(found.map(({ path }) => path)).toEqual(['a.prisma', 'b/z.prisma', 'c.prisma'].map((p) => join(folder, p)));
  });

  it('may lead to a schema without models', async () => {
    const folder = await temporaryFolder({ 'a.prisma': DATASOURCE });
    expect(await loadSchema(folder)).toMatchObject({ provider: 'postgresql', models: [], skipped: [], enums: [] });
  });

  async function failureOf(path: string): Promise<SchemaError> {
    const error: unknown = await loadSchema(path).catch((caught: unknown) => caught);
    if (error instanceof SchemaError) return error;
    throw new Error(`not a SchemaError: ${error}`);
  }
});

describe('line ends', () => {
  it.each(schemaFixtures)('of Windows give the same schema: $name', async ({ schema }) => {
    const files = await readSchemaFiles(schema);
    const windows = files.map(({ path, content }) => ({ path, content: content.replaceAll('\n', '\r\n') }));
    expect(parseSchema(windows)).toEqual(parseSchema(files));
  });
});

function errorOf(...files: readonly (readonly [path: string, content: string])[]): SchemaError {
  try {
    parseSchema(files.map(([path, content]) => ({ path, content })));
  } catch (error) {
    if (error instanceof SchemaError) return error;
    throw error;
  }
  throw new Error('the schema was accepted');
}
