import { expect, test } from 'vitest';
import { findSchema } from '../../src/scaffold/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const model = 'model Track { id Int @id }';

test.each([
  ['nowhere in an empty folder', {}, undefined],
  ['nowhere in a folder named prisma without a schema', { 'prisma/notes.md': '' }, undefined],
  ['in prisma/schema.prisma', { 'prisma/schema.prisma': model }, { path: 'prisma/schema.prisma' }],
  ['in schema.prisma', { 'schema.prisma': model }, { path: 'schema.prisma' }],
  ['in the folder prisma/schema', { 'prisma/schema/a.prisma': model }, { path: 'prisma/schema' }],
  ['in the folder prisma', { 'prisma/a.prisma': model }, { path: 'prisma' }],
  [
    'where prisma.config.ts says',
    { 'prisma.config.ts': `export default defineConfig({ schema: "db/main.prisma" })`, 'db/main.prisma': model },
    { path: 'db/main.prisma', namedBy: 'prisma.config.ts' },
  ],
  [
    'where prisma.config.ts joins it together',
    { 'prisma.config.mjs': `export default { schema: path.join('db', "main.prisma") }`, 'db/main.prisma': model },
    { path: 'db/main.prisma', namedBy: 'prisma.config.mjs' },
  ],
  [
    'where package.json says',
    { 'package.json': '{ "prisma": { "schema": "db" } }', 'db/main.prisma': model },
    { path: 'db', namedBy: 'package.json' },
  ],
  [
    'in its usual place when the configuration does not name one',
    { 'prisma.config.ts': 'export default {}', 'prisma/schema.prisma': model },
    { path: 'prisma/schema.prisma' },
  ],
])('finds a schema %s', async (_, files, expected) => {
  expect(await findSchema(await temporaryFolder(files))).toEqual(expected);
});
