import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSchema } from '../../src/schema/index.js';
import { type SchemaFixture, schemaFixtures } from './fixtures.js';

describe('a schema becomes a model', () => {
  it.each(schemaFixtures)('$name', async (fixture) => {
    const schema = await loadSchema(fixture.schema);
    const text = `${JSON.stringify(schema, fromFolder(fixture), 2)}\n`;
    await expect(text).toMatchFileSnapshot(`${fixture.folder}/expected/schema.json`);
  });
});

/** Absolute paths differ from machine to machine. */
function fromFolder({ folder }: SchemaFixture): (key: string, value: unknown) => unknown {
  return (_key, value) =>
    typeof value === 'string' && value.startsWith(folder) ? relative(folder, value).replaceAll('\\', '/') : value;
}
