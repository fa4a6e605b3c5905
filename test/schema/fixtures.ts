import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

/** A schema, and the folder that holds it beside what it must become. */
export interface SchemaFixture {
  readonly name: string;
  readonly folder: string;
  /** A `.prisma` file, or a folder of them. */
  readonly schema: string;
}

/** Small schemas, each of one part of Prisma's language. */
export const schemaFixtures = fixturesIn('fixtures');

/** Schemas as products have them. */
export const productFixtures = fixturesIn('products');

export function schemaFixture(name: string): SchemaFixture {
  const fixture = schemaFixtures.find((candidate) => candidate.name === name);
  if (!fixture) throw new Error(`no fixture ${name}`);
  return fixture;
}

function fixturesIn(kind: string): readonly SchemaFixture[] {
  return readdirSync(join(here, kind))
    .sort()
    .map((name) => ({ name, folder: join(here, kind, name) }))
    .map((fixture) => ({ ...fixture, schema: schemaIn(fixture.folder) }));
}

function schemaIn(fixture: string): string {
  const file = join(fixture, 'schema.prisma');
  return existsSync(file) ? file : join(fixture, 'schema');
}
