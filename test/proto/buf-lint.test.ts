import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { snakeCase } from '../../src/model/index.js';
import { emptyLock, printProto, schemaToProto } from '../../src/proto/index.js';
import { loadSchema, parseSchema } from '../../src/schema/index.js';
import { productFixtures, schemaFixtures } from '../schema/fixtures.js';
import { largeSchema } from '../schema/large-schema.js';
import { runBuf } from '../support/buf.js';
import { suiteFolder } from '../support/suite-folder.js';
import { writeTree } from '../support/write-tree.js';

const folder = suiteFolder();
beforeAll(async () => {
  // The rules that `init` gives to a project.
  const rules = fileURLToPath(new URL('../../templates/base/buf.yaml', import.meta.url));
  await copyFile(rules, join(folder.path, 'buf.yaml'));
});

describe('every proto file', () => {
  it('passes `buf lint` with the rules that a new project gets', async () => {
    for (const { name, schema } of [...schemaFixtures, ...productFixtures]) await write(name, await loadSchema(schema));
    await write('large', parseSchema([{ path: 'large.prisma', content: largeSchema(150) }]));
    expect(await runBuf(['lint'], folder.path)).toBe('');
  });

  it('fails this test when it does not', async () => {
    const bad = 'syntax = "proto3";\npackage bad.v1;\nmessage bad_name {}\n';
    await writeTree(folder.path, [['proto/bad/bad.proto', bad]]);
    expect(await runBuf(['lint'], folder.path)).toContain('bad_name');
  });
});

async function write(name: string, schema: Parameters<typeof schemaToProto>[0]): Promise<void> {
  const { files } = schemaToProto(schema, snakeCase(name), emptyLock);
  await writeTree(
    join(folder.path, 'proto'),
    files.map((file) => [file.path, printProto(file)]),
  );
}
