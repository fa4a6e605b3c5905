import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertSameNames } from '../../src/codegen/assert-same-names.js';
import { FORM } from '../../src/codegen/content.js';
import { generateFiles } from '../../src/codegen/index.js';
import { openTsProto } from '../../src/codegen/ts-proto.js';
import { adoptTsProto } from '../../src/codegen/ts-proto-text.js';
import { CodegenError } from '../../src/errors/index.js';
import { describedFile, emptyLock, propertyOf, schemaToProto } from '../../src/proto/index.js';
import { RESERVED_TYPES } from '../../src/proto/naming/name-scope.js';
import { parseSchema } from '../../src/schema/index.js';

describe('the text of ts-proto', () => {
  it('imports the wire format and its own helpers from this package, types as types', () => {
    const text = adoptTsProto(
      `import { MessageFns, toTimestamp, globalThis } from 'grpc-stream/runtime';\nimport { BinaryReader } from '@bufbuild/protobuf/wire';\nencode();\n`,
      'a.ts',
    );
    expect(text).toContain(
      'import { BinaryReader, toTimestamp, type MessageFns } from "grpc-stream/runtime";\nencode();',
    );
    expect(text).not.toMatch(/@bufbuild|globalThis/);
  });

  it('is laid out by its braces, short blocks on one line', () => {
    const code = `export const a = {\nb(\nx: number,\n): void {\nif (x) {\nreturn;\n}\nfor (;;) {\n/** Not { counted. */\nlong(${'x'.repeat(100)});\ncontinue; }\n},\n};\n`;
    expect(adoptTsProto(code, 'a.ts').split('\n')).toEqual([
      '/* eslint-disable */',
      'export const a = {',
      '\tb(x: number,): void {',
      '\t\tif (x) { return; }',
      '\t\tfor (;;) {',
      '\t\t\t/** Not { counted. */',
      `\t\t\tlong(${'x'.repeat(100)});`,
      '\t\t\tcontinue; }',
      '\t},',
      '};',
      '',
    ]);
  });

  it.each([
    ['is missing', 'a.ts', ''],
    ['encodes with another package', 'a.ts', 'import { Writer } from "./../elsewhere";\nimport X from "other";'],
    ['imports another package', 'a.ts', 'import Long from "long";'],
    ['counts the depth of messages otherwise', 'a.ts', '(reader as any).__tsProtoDecodeDepth = 0;'],
    ['wraps JSON otherwise', 'google/protobuf/struct.ts', 'export const Value = {};'],
  ])('is refused when it %s', (_what, path, text) => {
    const adopt = () => adoptTsProto(text, path);
    expect(adopt).toThrow(CodegenError);
    expect(adopt).toThrow(`ts-proto wrote ${path} in a form that this version does not know`);
  });
});

/** Every type of column, in lists and nullable, an enum, an include, and names that are awkward in TypeScript. */
const SCHEMA = `
datasource db {
  provider = "postgresql"
}
enum Colour {
  RED
}
model PlanB {
  id Int @id
  text String?
  flag Boolean
  wide BigInt @db.BigInt
  oid Int @db.Oid
  ratio Float
  price Decimal
  at DateTime?
  times DateTime[]
  json Json?
  bytes Bytes?
  colours Colour[]
  colour Colour?
  constructor Int
  toString String?
  /// @grpc.include
  others B2B[]
}
model B2B {
  id Int @id
  planId Int
  plan PlanB @relation(fields: [planId], references: [id])
}
model Date {
  id Int @id
  at DateTime
}
`;

const schema = parseSchema([{ path: 's.prisma', content: SCHEMA }]);
const generate = (previous: ReadonlyMap<string, string> = new Map()) =>
  generateFiles({ schema, packageName: 'demo', lock: emptyLock, previous });

describe('the installed ts-proto', () => {
  it('is the version that package.json names, exactly', () => {
    const { version } = createRequire(import.meta.url)('ts-proto/package.json');
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(manifest.dependencies['ts-proto']).toBe(version);
  });

  it('writes text that every edit applies to', async () => {
    const { code } = await generate();
    const all = [...code.values()].join('\n');
    expect(all).not.toMatch(
      /from ["']@bufbuild|asIntN|Math\.trunc\(date|Value !== undefined && entry1\.value !== null/,
    );
    expect(all).not.toContain('object[key] = message');
    expect(all).toContain(
      '(globalThis.Object.prototype.hasOwnProperty.call(object, "constructor") ? object.constructor : undefined)',
    );
    expect(code.get('google/protobuf/struct.ts')).toContain('Struct.wrap(message.kind.structValue ?? undefined)');
  });

  it('writes the text of this form: when it changes, FORM in content.ts is raised, so that older files are made again', async () => {
    const { code } = await generate();
    const hash = createHash('sha256');
    for (const [path, text] of code) if (/^(demo|google)\/|^descriptors/.test(path)) hash.update(path).update(text);
    expect({ form: FORM, digest: hash.digest('hex').slice(0, 16) }).toMatchInlineSnapshot(`
      {
        "digest": "5a93aa344056ef0b",
        "form": 2,
      }
    `);
  });

  it('gives properties the names that this package expects', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z\d]{0,4}(_[a-z\d]{1,4}){0,3}$/), (name) => {
        const [file] = schemaToProto(schema, 'demo', emptyLock).sharedFiles;
        const [filter] = file?.messages ?? [];
        if (!file || !filter) throw new Error('no file');
        const fields = filter.fields.slice(0, 1).map((field) => ({ ...field, name }));
        const descriptor = describedFile({ ...file, imports: [], enums: [], messages: [{ ...filter, fields }] });
        const code = openTsProto([descriptor]).codeOf([{ file: descriptor, isTypesOnly: true }]);
        expect(code).toContain(`${propertyOf({ name, apiName: name })}?:`);
      }),
      { numRuns: 200 },
    );
  });

  it('uses only those global names that no model can have', async () => {
    const { code } = await generate();
    const codecs = [...code].filter(([path]) => path.startsWith('demo/')).map(([, text]) => text);
    const used = new Set(codecs.flatMap(undeclaredNames));
    for (const name of used) expect([...RESERVED_TYPES, 'Date']).toContain(name);
  });
});

describe('names', () => {
  it('that ts-proto gives otherwise than the handlers expect are an error', async () => {
    const { modelFiles } = schemaToProto(schema, 'demo', emptyLock);
    const { code } = await generate();
    const [{ model, file } = {}] = modelFiles;
    if (!model || !file) throw new Error('no model');
    const text = code.get('demo/v1/plan_b.ts') ?? '';
    expect(() => assertSameNames(text, model, file)).not.toThrow();
    expect(() => assertSameNames(text.replace('enum PlanBSortOrder', 'enum PlanBsortOrder'), model, file)).toThrow(
      /s\.prisma:8: .* there is no enum PlanBSortOrder/,
    );
    expect(() => assertSameNames(text.replace('colours: Colour[]', 'colors: Colour[]'), model, file)).toThrow(
      'there is no PlanB.colours',
    );
  });
});

describe('code of an earlier generation', () => {
  it('is taken where nothing changed', async () => {
    const { code } = await generate();
    const again = await generate(code);
    expect(again.code).toEqual(code);
    expect(again.code.get('demo/v1/b2_b.ts')).toBe(code.get('demo/v1/b2_b.ts'));
  });

  it('is made again where somebody changed it, or the schema did', async () => {
    const { code } = await generate();
    for (const [path, before, after] of [
      ['demo/v1/b2_b.ts', 'planId', 'planIt'],
      ['descriptors.ts', "'Ch", "'Da"],
    ] as const) {
      const changed = (code.get(path) ?? '').replace(before, after);
      expect(changed).not.toBe(code.get(path));
      expect((await generate(new Map([...code, [path, changed]]))).code).toEqual(code);
    }
    const grown = parseSchema([
      { path: 's.prisma', content: SCHEMA.replace('planId Int\n', 'planId Int\n  more Int\n') },
    ]);
    const options = { schema: grown, packageName: 'demo', lock: emptyLock };
    const next = await generateFiles({ ...options, previous: code });
    expect(next.code).toEqual((await generateFiles(options)).code);
    expect(next.code.get('demo/v1/b2_b.ts')).toContain('more: number');
  });
});

/** Capitalised names in code that are neither declared nor imported in it, nor members of something else. */
function undeclaredNames(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|"[^"\n]*"|'[^'\n]*'|`[^`]*`/gm, '');
  const imported = [...code.matchAll(/import \{([^}]*)\}/g)].flatMap(([, names = '']) => names.match(/\w+/g) ?? []);
  const declared = [...code.matchAll(/(?:interface|type|const|enum|function) (\w+)/g)].map(([, name]) => name);
  const known = new Set([...imported, ...declared]);
  const body = code.replace(/enum \w+ \{[^}]*\}/g, '');
  return [...body.matchAll(/(?<![\w.$])([A-Z][A-Za-z\d]*[a-z][A-Za-z\d]*)\b/g)].flatMap(([, name = '']) =>
    known.has(name) ? [] : [name],
  );
}
