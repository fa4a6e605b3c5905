import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** A schema, and the folder that holds it beside what it must become. */
export interface SchemaFixture {
  readonly name: string;
  readonly folder: string;
  /** A `.prisma` file, or a folder of them. */
  readonly schema: string;
}

export const schemaFixtures: readonly SchemaFixture[] = readdirSync(folder)
  .sort()
  .map((name) => ({ name, folder: join(folder, name) }))
  .map((fixture) => ({ ...fixture, schema: schemaIn(fixture.folder) }));

export function schemaFixture(name: string): SchemaFixture {
  const fixture = schemaFixtures.find((candidate) => candidate.name === name);
  if (!fixture) throw new Error(`no fixture ${name}`);
  return fixture;
}

function schemaIn(fixture: string): string {
  const file = join(fixture, 'schema.prisma');
  return existsSync(file) ? file : join(fixture, 'schema');
}
