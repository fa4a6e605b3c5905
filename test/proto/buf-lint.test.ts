import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snakeCase } from '../../src/model/index.js';
import { emptyLock, printProto, schemaToProto } from '../../src/proto/index.js';
import { loadSchema, parseSchema } from '../../src/schema/index.js';
import { productFixtures, schemaFixtures } from '../schema/fixtures.js';
import { largeSchema } from '../schema/large-schema.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grpc-stream-lint-'));
  // The very rules that `init` gives to a project.
  await copyFile(join(ROOT, 'templates/base/buf.yaml'), join(folder, 'buf.yaml'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('every proto file', () => {
  it('passes `buf lint` with the rules that a new project gets', async () => {
    for (const { name, schema } of [...schemaFixtures, ...productFixtures]) await write(name, await loadSchema(schema));
    await write('large', parseSchema([{ path: 'large.prisma', content: largeSchema(150) }]));
    expect(await lint()).toBe('');
  });

  it('would be told of if it did not', async () => {
    await mkdir(join(folder, 'proto/bad'), { recursive: true });
    await writeFile(join(folder, 'proto/bad/bad.proto'), 'syntax = "proto3";\npackage bad.v1;\nmessage bad_name {}\n');
    expect(await lint()).toContain('bad_name');
  });
});

async function write(name: string, schema: Parameters<typeof schemaToProto>[0]): Promise<void> {
  for (const file of schemaToProto(schema, snakeCase(name), emptyLock).files) {
    const path = join(folder, 'proto', file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, printProto(file));
  }
}

/** What buf complains about; nothing when all is well. */
async function lint(): Promise<string> {
  const buf = join(ROOT, 'node_modules/@bufbuild/buf/bin/buf');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [buf, 'lint'], { cwd: folder });
    return stdout;
  } catch (error) {
    // It ends with 100 when it has found something, and says on stdout what.
    if (error instanceof Error && 'code' in error && error.code === 100 && 'stdout' in error)
      return String(error.stdout);
    throw error;
  }
}
