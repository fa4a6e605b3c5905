import { get_config as getConfig, get_datamodel as getDatamodel } from '@prisma/prisma-schema-wasm';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { parseSchema } from '../../src/schema/index.js';

vi.mock('@prisma/prisma-schema-wasm', async (importOriginal) => {
  const parser = await importOriginal<typeof import('@prisma/prisma-schema-wasm')>();
  return { ...parser, get_datamodel: vi.fn(parser.get_datamodel), get_config: vi.fn(parser.get_config) };
});

const SCHEMA = 'datasource db {\n  provider = "sqlite"\n}\nmodel Book {\n  id Int @id\n}\n';
const parse = () => parseSchema([{ path: 's.prisma', content: SCHEMA }]);

beforeEach(() => {
  vi.mocked(getDatamodel).mockClear();
  vi.mocked(getConfig).mockClear();
});

describe('an answer of Prisma’s parser', () => {
  it('has the form that this version reads', () => {
    expect(parse()).toMatchObject({ provider: 'sqlite', models: [{ name: 'Book' }] });
  });

  it.each([
    [
      'a list of fields is missing',
      getDatamodel,
      '{"models":[{"name":"Book"}],"enums":[],"indexes":[]}',
      'models.0.dbName',
    ],
    ['an index has an unknown order', getDatamodel, indexSorted('sideways'), 'indexes.0.fields.0.sortOrder'],
    ['the datasource has another name', getConfig, '{"config":{"generators":[],"sources":[]}}', 'config.datasources'],
  ] as const)('is refused when %s', (_what, answers, answer, place) => {
    vi.mocked(answers).mockReturnValueOnce(answer);
    expect(parse).toThrow(
      expect.objectContaining({
        name: 'EnvironmentError',
        message: expect.stringContaining(`Prisma's schema parser answered in an unknown form (${place}: `),
      }),
    );
  });

  it('that is not a report becomes the message', () => {
    vi.mocked(getDatamodel).mockImplementationOnce(() => {
      throw new Error('unreachable');
    });
    expect(parse).toThrow(expect.objectContaining({ name: 'SchemaError', message: 'unreachable' }));
  });
});

function indexSorted(sortOrder: string): string {
  const index = { model: 'Book', type: 'normal', fields: [{ name: 'id', sortOrder }] };
  return JSON.stringify({ models: [], enums: [], indexes: [index] });
}
