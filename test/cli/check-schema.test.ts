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

  it('names the fields of filters that no index serves', () => {
    const said = (fields: string, provider?: string) =>
      findings(`model User {\n id Int @id\n${fields}\n}`, provider).map(({ level, message }) => [level, message]);
    const streams = ['ok', 'streams User by id (primary key, indexed)'];
    expect(said(' email String @unique\n tags String[]\n data Json')).toEqual([streams]);
    expect(said(' a Int\n b Int\n @@index([a, b])')).toEqual([
      streams,
      ['ok', 'a filter by b may look at every row: no index serves it'],
    ]);
    expect(said(' a Int\n b Int\n c Int\n d Int\n e Int\n f Int\n g Int')).toEqual([
      streams,
      ['ok', 'a filter by a, b, c, d, e and 2 more may look at every row: no index serves them'],
    ]);
    const date = ' at DateTime\n @@index([at])';
    expect(said(date)).toEqual([streams]);
    expect(said(date, 'sqlite')).toEqual([streams, ['ok', 'a filter by at may look at every row: no index serves it']]);
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

function findings(model: string, provider = 'postgresql') {
  const content = `datasource db {\n  provider = "${provider}"\n}\n${model}\n`;
  return checkSchema(parseSchema([{ path: 's.prisma', content }]));
}
