import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { emptyLock, parseFieldLock, printFieldLock, printProto, schemaToProto } from '../../src/proto/index.js';
import { parseSchema } from '../../src/schema/index.js';
import { largeSchema } from '../schema/large-schema.js';

const MODELS = 150;
const parsed = () => parseSchema([{ path: 'large.prisma', content: largeSchema(MODELS) }]);

describe('a schema of 150 models', () => {
  it('becomes a file per model, one for the enums, and one for shared types', () => {
    const { models, skipped, enums } = parsed();
    const { files, schema } = schemaToProto(parsed(), 'large', emptyLock);
    expect({ models: models.length, skipped, enums: enums.length, files: files.length }).toEqual({
      models: MODELS,
      skipped: [],
      enums: 10,
      files: MODELS + 2,
    });
    expect(schema.models).toHaveLength(MODELS);
    expect(models.flatMap(({ relations }) => relations)).toHaveLength(MODELS - 30);
    for (const file of files.slice(0, MODELS)) {
      expect(file.services.map(({ methods }) => methods.length)).toEqual([3]);
      expect(file.messages[0]?.fields.length).toBeGreaterThan(9);
    }
  });

  it('gives the same bytes again, and from its own lock', () => {
    const first = schemaToProto(parsed(), 'large', emptyLock);
    const lock = parseFieldLock(printFieldLock(first.lock), 'lock');
    expect(digest(schemaToProto(parsed(), 'large', emptyLock))).toBe(digest(first));
    expect(digest(schemaToProto(parsed(), 'large', lock))).toBe(digest(first));
  });
});

function digest({ files, lock }: ReturnType<typeof schemaToProto>): string {
  const hash = createHash('sha256').update(printFieldLock(lock));
  for (const file of files) hash.update(file.path).update(printProto(file));
  return hash.digest('hex');
}
