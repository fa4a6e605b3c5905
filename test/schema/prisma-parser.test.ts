import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseSchema } from '../../src/schema/index.js';

/** The object that the parser is called on. */
const parser: typeof import('@prisma/prisma-schema-wasm') = createRequire(import.meta.url)(
  '@prisma/prisma-schema-wasm',
);

const SCHEMA = 'datasource db {\n  provider = "sqlite"\n}\nmodel Book {\n  id Int @id\n}\n';
const parse = () => parseSchema([{ path: 's.prisma', content: SCHEMA }]);

afterEach(() => vi.restoreAllMocks());

describe('the load of Prisma’s parser', () => {
  it('prints nothing: this Node knows the flags that it is loaded with', async () => {
    const path = new URL('../../src/schema/index.ts', import.meta.url).href;
    const script = `const { parseSchema } = await import(${JSON.stringify(path)});
      const { models } = parseSchema([{ path: 's.prisma', content: ${JSON.stringify(SCHEMA)} }]);
      console.log(models[0].name);`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect({ stdout, stderr }).toEqual({ stdout: 'Book\n', stderr: '' });
  });
});

describe('an answer of Prisma’s parser', () => {
  it('has the form that this version reads', () => {
    expect(parse()).toMatchObject({ provider: 'sqlite', models: [{ name: 'Book' }] });
  });

  it.each([
    [
      'a list of fields is missing',
      'get_datamodel',
      '{"models":[{"name":"Book"}],"enums":[],"indexes":[]}',
      'models.0.dbName',
    ],
    ['an index has an unknown order', 'get_datamodel', indexSorted('sideways'), 'indexes.0.fields.0.sortOrder'],
    [
      'the datasource has another name',
      'get_config',
      '{"config":{"generators":[],"sources":[]}}',
      'config.datasources',
    ],
  ] as const)('is refused when %s', (_what, answers, answer, place) => {
    vi.spyOn(parser, answers).mockReturnValueOnce(answer);
    expect(parse).toThrow(
      expect.objectContaining({
        name: 'EnvironmentError',
        message: expect.stringContaining(`Prisma's schema parser answered in an unknown form (${place}: `),
      }),
    );
  });

  it('that is not a report becomes the message', () => {
    vi.spyOn(parser, 'get_datamodel').mockImplementationOnce(() => {
      throw new Error('unreachable');
    });
    expect(parse).toThrow(expect.objectContaining({ name: 'SchemaError', message: 'unreachable' }));
  });
});

function indexSorted(sortOrder: string): string {
  const index = { model: 'Book', type: 'normal', fields: [{ name: 'id', sortOrder }] };
  return JSON.stringify({ models: [], enums: [], indexes: [index] });
}
