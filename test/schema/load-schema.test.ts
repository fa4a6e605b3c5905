import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSchema, parseSchema } from '../../src/schema/index.js';
import { productFixtures, type SchemaFixture, schemaFixtures } from './fixtures.js';

describe('a schema becomes a model', () => {
  it.each(schemaFixtures)('$name', async (fixture) => {
    const schema = await loadSchema(fixture.schema);
    const text = `${JSON.stringify(schema, fromFolder(fixture), 2)}\n`;
    await expect(text).toMatchFileSnapshot(`${fixture.folder}/expected/schema.json`);
  });
});

describe('every model of a product', () => {
  it.each(productFixtures)('$name is streamed, or skipped with its reason and location', async ({ schema, folder }) => {
    const { models, omitted, skipped, enums } = await loadSchema(schema);
    const facts = {
      models: models.map(({ name, kind, key, fields, omitted: hidden }) =>
        [
          kind,
          name,
          `by ${key.fields.join(', ')}`,
          `${fields.length} fields`,
          ...hidden.map((field) => `without ${field.name}`),
        ].join(' · '),
      ),
      omitted: omitted.map(({ name }) => name),
      skipped: skipped.map(({ reason, file, line }) => `${relative(folder, file)}:${line}: ${reason}`),
      enums: enums.map(({ name, values }) => `${name}: ${values.map((value) => value.stored).join(', ')}`),
    };
    await expect(`${JSON.stringify(facts, undefined, 2)}\n`).toMatchFileSnapshot(`${folder}/expected/models.json`);
  });
});

/** Absolute paths differ from machine to machine. */
function fromFolder({ folder }: SchemaFixture): (key: string, value: unknown) => unknown {
  return (_key, value) =>
    typeof value === 'string' && value.startsWith(folder) ? relative(folder, value).replaceAll('\\', '/') : value;
}

describe('the blocks of settings', () => {
  const MODEL = 'model A {\n  id Int @id\n  text String @default("generator c {")\n}\n';
  const DATASOURCE = 'datasource db {\n  provider = "sqlite"\n}\n';
  const CLIENT = 'generator client {\n  provider = "prisma-client"\n  output = "./made"\n}\n';
  const clientOf = (content: string) => parseSchema([{ path: '/project/s.prisma', content }]).client;

  it.each([
    ['after the models', `${MODEL}${DATASOURCE}${CLIENT}`],
    ['indented, with comments that have braces', DATASOURCE + CLIENT.replace('{\n', '{ // } or {\n  /// } {\n')],
    ['with the ends of lines of Windows', `${DATASOURCE}${MODEL}${CLIENT}`.replaceAll('\n', '\r\n')],
  ])('are found %s', (_where, content) => {
    expect(clientOf(content)).toEqual({ generator: 'client', module: '/project/made/client.js' });
  });

  it.each([
    ['lines', CLIENT.replaceAll(/^(?=.)/gm, '// ')],
    ['a block', `/*\n${CLIENT}*/\n`],
  ])('are none where they are comments: %s', (_form, comment) => {
    expect(clientOf(`${comment}${DATASOURCE}${MODEL}`)).toBeUndefined();
  });
});
