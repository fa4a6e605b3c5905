import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GeneratedFiles, generateFiles } from '../../src/codegen/index.js';
import { snakeCase } from '../../src/model/index.js';
import { emptyLock, parseFieldLock, propertyOf } from '../../src/proto/index.js';
import { loadSchema, parseSchema } from '../../src/schema/index.js';
import { productFixtures, schemaFixture, schemaFixtures } from '../schema/fixtures.js';
import { largeSchema } from '../schema/large-schema.js';
import { openScratchProject, type ScratchProject } from './compile.js';

const everySchema = [
  ...[...schemaFixtures, ...productFixtures].map(({ name, schema }) => ({ name, load: () => loadSchema(schema) })),
  { name: 'large', load: async () => parseSchema([{ path: 'large.prisma', content: largeSchema(150) }]) },
];

/** Half a minute on a quiet machine: ts-proto runs for every schema, and TypeScript over a million lines or so. */
const COMPILE_TIMEOUT_MS = 400_000;

const generated = new Map<string, GeneratedFiles>();
let project: ScratchProject;
let complaints = '';

beforeAll(async () => {
  project = await openScratchProject();
  for (const { name, load } of everySchema) {
    const files = await generateFiles({ schema: await load(), packageName: 'demo', lock: emptyLock });
    generated.set(name, files);
    for (const [path, text] of files.code) await project.write(`src/${name}/generated/${path}`, text);
    for (const [path, text] of files.own) await project.write(`src/${name}/${path}`, text);
    // The part of a project that is the user's own.
    await project.write(`src/${name}/database.ts`, DATABASE);
  }
  await project.write('src/dates.ts', DATES);
  await project.write('src/limits.ts', LIMITS);
  complaints = await project.compile();
}, COMPILE_TIMEOUT_MS);
afterAll(() => project.remove());

const DATABASE = `
export const createPrisma = (): any => undefined;
export const createAdapter = (): any => undefined;
`;

/** Dates there and back through the codec that ts-proto wrote and we edited. */
const DATES = `
import { Book } from './library/generated/demo/v1/book.js';
import { Timestamp } from './library/generated/google/protobuf/timestamp.js';

const milliseconds = [0, 1, -1, 999, -999, 1000, -1000, -1001, -2_208_988_800_123, 253_402_300_799_999, -62_135_596_800_000];
const results = milliseconds.map((ms) => {
  const bytes = Book.encode(Book.create({ publishedAt: new Date(ms) })).finish();
  // Nothing else is set; the field's number and its length are a byte each.
  const timestamp = Timestamp.decode(bytes.subarray(2));
  return { ms, back: Book.decode(bytes).publishedAt?.getTime(), seconds: Number(timestamp.seconds), nanos: timestamp.nanos };
});
console.log(JSON.stringify(results));
`;

/** Lists in lists, and a number that is too large. */
const LIMITS = `
import { Int64Filter } from './library/generated/demo/v1/streaming.js';
import { ListValue } from './scalars/generated/google/protobuf/struct.js';

function lists(depth: number): Uint8Array {
  const list = Array.from({ length: depth }).reduce<unknown[]>((inner) => [inner], []);
  return ListValue.encode(ListValue.wrap(list)).finish();
}

function outcomeOf(work: () => unknown): string {
  try {
    work();
    return 'fine';
  } catch (error) {
    return String(error);
  }
}

// Of two messages for each list, the value and its list.
const shallow = lists(40);
const outcomes = [
  outcomeOf(() => ListValue.decode(shallow)),
  outcomeOf(() => ListValue.decode(lists(60))),
  outcomeOf(() => ListValue.decode(shallow)),
  outcomeOf(() => Int64Filter.encode(Int64Filter.create({ equals: 2n ** 63n - 1n })).finish()),
  outcomeOf(() => Int64Filter.encode(Int64Filter.create({ equals: 2n ** 63n })).finish()),
];
console.log(JSON.stringify(outcomes));
`;

describe('generated code', () => {
  it.each(everySchema)('of $name compiles with every strict option of TypeScript', ({ name }) => {
    const own = complaints.split('\n').filter((line) => line.includes(`src/${name}/`));
    expect(own).toEqual([]);
  });

  it('compiles without an error', () => {
    expect(complaints).toBe('');
  });

  it('of the demo is unchanged', async () => {
    for (const [path, text] of generated.get('library')?.code ?? []) {
      await expect(text).toMatchFileSnapshot(`fixtures/library/expected/${path}`);
    }
  });

  it.each(schemaFixtures)('of $name is the same to the byte when it is generated again from its own lock', async ({
    name,
    schema,
  }) => {
    const first = generated.get(name);
    const lock = parseFieldLock(first?.proto.get('grpc-stream.lock.json') ?? '', 'lock');
    expect(await generateFiles({ schema: await loadSchema(schema), packageName: 'demo', lock })).toEqual(first);
  });

  it.each(schemaFixtures)('of $name names its properties as ts-proto does', async ({ name, schema }) => {
    for (const model of (await loadSchema(schema)).models) {
      const codec = generated.get(name)?.code.get(`demo/v1/${snakeCase(model.name)}.ts`) ?? '';
      // The row comes first; one named Date, say, is called DateMessage there.
      const body = /^export interface \w+ \{([\s\S]*?)\}$/m.exec(codec)?.[1] ?? '';
      const code = body.replace(/\/\*[\s\S]*?\*\//g, '');
      const properties = [...code.matchAll(/(\w+)\??: /g)].map((match) => match[1]);
      expect(properties).toEqual([...model.fields, ...model.includes].map(propertyOf));
    }
  });

  it('starts every file with our header, and has no absolute path', () => {
    for (const { code, proto } of generated.values()) {
      for (const [path, text] of [...code, ...proto]) {
        if (!path.endsWith('.json')) expect(text).toMatch(/^\/\/ Generated by grpc-stream from the Prisma schema/);
        expect(text).not.toContain(schemaFixture('library').folder.slice(0, 8));
      }
    }
  });

  it('refuses messages that go too deep, reads the next one, and refuses numbers of more than 64 bits', async () => {
    expect(JSON.parse(await project.run('limits.js'))).toEqual([
      'fine',
      'Error: messages go too deep into each other',
      'fine',
      'fine',
      'Error: message.equals is 9223372036854775808, which does not fit into 64 bits',
    ]);
  });

  it('gives dates before 1970 the nanos that Timestamp demands', async () => {
    const dates: { ms: number; back: number; seconds: number; nanos: number }[] = JSON.parse(
      await project.run('dates.js'),
    );
    expect(dates).toHaveLength(11);
    for (const { ms, back, seconds, nanos } of dates) {
      expect(back).toBe(ms);
      expect(seconds).toBe(Math.floor(ms / 1000));
      expect(nanos).toBeGreaterThanOrEqual(0);
      expect(seconds * 1000 + nanos / 1_000_000).toBe(ms);
    }
  });
});

describe('the file that is written once', () => {
  it('is the same for all models, and says that it belongs to the user', () => {
    const texts = new Set([...generated.values()].map(({ own }) => own.get('services.ts')));
    expect(texts.size).toBe(1);
    expect([...texts][0]).toContain('// This file is yours: it was written once, and `generate` leaves it alone.\n');
  });
});

describe('a package name with dots', () => {
  it('has folders of its own', async () => {
    const schema = await loadSchema(schemaFixture('library').schema);
    const { proto, code } = await generateFiles({ schema, packageName: 'acme.book_shop', lock: emptyLock });
    expect([...proto.keys()]).toContain('acme/book_shop/v1/book.proto');
    expect(proto.get('acme/book_shop/v1/book.proto')).toContain('package acme.book_shop.v1;');
    expect(code.get('book.stream.ts')).toContain("from './acme/book_shop/v1/book.js'");
  });
});

describe('a generation that is cancelled', () => {
  it('ends before the next file', async () => {
    const schema = parseSchema([{ path: 'large.prisma', content: largeSchema(20) }]);
    const controller = new AbortController();
    const made = generateFiles({ schema, packageName: 'demo', lock: emptyLock, signal: controller.signal });
    setImmediate(() => controller.abort(new Error('cancelled')));
    await expect(made).rejects.toThrow('cancelled');
  });
});

describe('the server entry', () => {
  it('reads the configuration of the project that has one', async () => {
    const schema = await loadSchema(schemaFixture('library').schema);
    const options = { schema, packageName: 'demo', lock: emptyLock };
    const configImport = '../../../grpc-stream.config.js';
    expect((await generateFiles({ ...options, configImport })).code.get('server.ts')).toContain(
      "import config from '../../../grpc-stream.config.js';",
    );
    expect((await generateFiles(options)).code.get('server.ts')).not.toContain('config');
  });
});
