import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emptyLock, printFieldLock, printProto, schemaToProto } from '../../src/proto/index.js';
import { loadSchema } from '../../src/schema/index.js';
import { productFixtures, schemaFixtures } from '../schema/fixtures.js';

const folder = fileURLToPath(new URL('./fixtures/', import.meta.url));

describe('a schema becomes proto files and a lock', () => {
  it.each([...schemaFixtures, ...productFixtures])('$name', async ({ name, schema }) => {
    const { files, lock } = schemaToProto(await loadSchema(schema), 'demo', emptyLock);
    for (const file of files) await golden(name, file.path, printProto(file));
    await golden(name, 'grpc-stream.lock.json', printFieldLock(lock));
  });
});

function golden(fixture: string, path: string, text: string): Promise<void> {
  return expect(text).toMatchFileSnapshot(`${folder}/${fixture}/expected/${path}`);
}
