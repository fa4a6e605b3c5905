import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { type AnyDefinition, load, type MessageTypeDefinition } from '@grpc/proto-loader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toDescriptor } from '../../src/codegen/descriptors-file.js';
import type { Field, FieldType, ScalarType, SchemaModel, StreamModel } from '../../src/model/index.js';
import { emptyLock, generatableSchema, printProto, schemaToProto } from '../../src/proto/index.js';
import { loadSchema } from '../../src/schema/index.js';
import { schemaFixtures } from '../schema/fixtures.js';
import { suiteFolder } from '../support/suite-folder.js';
import { writeTree } from '../support/write-tree.js';

const folder = suiteFolder();

describe('another implementation of protobuf', () => {
  it.each(schemaFixtures)('finds the same in the text of $name as our descriptors have', async ({ schema }) => {
    await expectSameContents(await loadSchema(schema));
  });

  it('finds the same for any names and comments that do not clash', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(anySchema, async (schema) => {
        fc.pre(generatableSchema(schema, emptyLock).skipped.length === 0);
        await expectSameContents(schema);
        read++;
      }),
      { numRuns: 60 },
    );
    expect(read).toBe(60);
  });
});

/** Names that Prisma allows, including those that protobuf and TypeScript use. */
const anyName = fc.oneof(
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,10}$/),
  fc.constantFrom(
    'message',
    'Enum',
    'option',
    'reserved',
    'oneof',
    'map',
    'string',
    'int32',
    'bool',
    'inf',
    'nan',
    'true',
  ),
);
const anyType: fc.Arbitrary<FieldType> = fc.oneof(
  fc
    .constantFrom<ScalarType[]>('String', 'Boolean', 'Int', 'BigInt', 'Float', 'Decimal', 'DateTime', 'Json', 'Bytes')
    .map((scalar) => ({ kind: 'scalar' as const, scalar })),
  fc.constant({ kind: 'enum' as const, enum: 'Shade' }),
);
const anyField: fc.Arbitrary<Field> = fc
  .record({
    name: anyName,
    type: anyType,
    form: fc.constantFrom('one', 'optional', 'list'),
    documentation: fc.string(),
  })
  .map(({ name, type, form, documentation }) => ({
    name,
    column: name,
    type,
    documentation,
    optional: form === 'optional',
    list: form === 'list',
    hasDefault: false,
    autoincrement: false,
  }));
const anyModel: fc.Arbitrary<StreamModel> = fc
  .record({
    name: anyName,
    fields: fc.uniqueArray(anyField, { selector: ({ name }) => name, minLength: 1, maxLength: 12 }),
    documentation: fc.string({ unit: fc.constantFrom('a', ' ', '\n', '*', '/', '"', '\\', 'é', '👍') }),
  })
  .map(({ name, fields, documentation }) => {
    const key = [fields[0]?.name ?? ''];
    const names = { name, kind: 'model' as const, file: 's.prisma', line: 1, delegate: name, table: name };
    return {
      ...names,
      fields,
      omitted: [],
      includes: [],
      documentation,
      key: { fields: key, source: 'id' },
      uniques: [key],
      indexes: [],
      relations: [],
    };
  });
const anySchema: fc.Arbitrary<SchemaModel> = fc
  .record({
    models: fc.uniqueArray(anyModel, { selector: ({ name }) => name, minLength: 1, maxLength: 4 }),
    values: fc.uniqueArray(anyName, { minLength: 1, maxLength: 5 }),
  })
  .map(({ models, values }) => ({
    provider: 'postgresql',
    models,
    enums: [{ name: 'Shade', file: 's.prisma', line: 1, values: values.map((name) => ({ name, stored: name })) }],
    omitted: [],
    skipped: [],
  }));

async function expectSameContents(schema: SchemaModel): Promise<void> {
  const { files } = schemaToProto(schema, 'demo', emptyLock);
  const root = await mkdtemp(join(folder.path, 'schema-'));
  await writeTree(
    root,
    files.map((file) => [file.path, printProto(file)]),
  );
  const loaded = await load(
    files.map(({ path }) => path),
    { includeDirs: [root], keepCase: true },
  );
  const services = Object.keys(loaded).filter((key) => key.endsWith('StreamService'));
  expect(services).toHaveLength(files.flatMap((file) => file.services).length);

  const [type] = Object.values(loaded).flatMap((entry) => (isType(entry) ? [entry] : []));
  const theirs = type?.fileDescriptorProtos.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)) ?? [];
  expect(contentsOf(theirs)).toEqual(contentsOf(files.map(toDescriptor)));
}

function isType(entry: AnyDefinition): entry is MessageTypeDefinition<object, object> {
  return entry.format === 'Protocol Buffer 3 DescriptorProto';
}

/** The parts of the files of `demo.v1` that matter on the wire, by name. */
function contentsOf(files: readonly FileDescriptorProto[]): Record<string, unknown> {
  const own = files.filter((file) => file.package === 'demo.v1');
  return Object.fromEntries([
    ...own.flatMap(({ messageType }) => messageType).map((message) => [message.name, fieldsOf(message)] as const),
    ...own
      .flatMap(({ enumType }) => enumType)
      .map((type) => [type.name, type.value.map(({ name, number }) => [name, number])] as const),
    ...own
      .flatMap(({ service }) => service)
      .map(
        (service) =>
          [
            service.name,
            service.method.map((method) => [
              method.name,
              last(method.inputType),
              last(method.outputType),
              method.clientStreaming,
              method.serverStreaming,
            ]),
          ] as const,
      ),
  ]);
}

function fieldsOf({ field, oneofDecl }: FileDescriptorProto['messageType'][number]) {
  return field.map(({ name, number, type, typeName, label }) => ({
    name,
    number,
    type,
    label,
    typeName: last(typeName),
    // `optional` is a oneof with one field.
    optional: oneofDecl.some((oneof) => oneof.name === `_${name}`),
  }));
}

/** Some implementations write `.demo.v1.Book`, others `Book`. */
function last(name: string): string {
  return name.split('.').at(-1) ?? name;
}
