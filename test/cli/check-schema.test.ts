import { describe, expect, it } from 'vitest';
import { checkSchema } from '../../src/cli/doctor/check-project.js';
import { parseSchema } from '../../src/schema/index.js';

describe('what doctor says of a schema', () => {
  it('warns of a field that looks like a secret, until it is omitted or allowed', () => {
    const warnings = (annotation: string) =>
      findings(`model User {\n id Int @id\n /// ${annotation}\n password String\n}`)
        .filter(({ level }) => level === 'warning')
        .map(({ message }) => message);
    expect(warnings('Hashed.')).toEqual(['password looks like a secret, and every client of the stream receives it']);
    expect(warnings('@grpc.omit')).toEqual([]);
    expect(warnings('@grpc.allow')).toEqual([]);
  });

  it('warns of a model that cannot be streamed, with its place, until it is omitted', () => {
    const model = 'model Blob {\n  /// @grpc.omit\n  hash String @id\n}';
    expect(findings(model)).toMatchObject([
      {
        subject: 'model Blob',
        level: 'warning',
        message: expect.stringMatching(/^s\.prisma:4: model "Blob" has only/),
      },
    ]);
    expect(findings(`/// @grpc.omit\n${model}`)).toEqual([]);
  });
});

function findings(model: string) {
  const content = `datasource db {\n  provider = "postgresql"\n}\n${model}\n`;
  return checkSchema(parseSchema([{ path: 's.prisma', content }]));
}
