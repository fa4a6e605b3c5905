import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSchema } from '../../src/schema/index.js';
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
