import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { type AnyDefinition, load, type MessageTypeDefinition } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyLock, printProto, schemaToProto, toDescriptor } from '../../src/proto/index.js';
import { loadSchema } from '../../src/schema/index.js';
import { schemaFixtures } from '../schema/fixtures.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grpc-stream-protos-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a reader that is not ours', () => {
  it.each(schemaFixtures)('finds in the text of $name just what our descriptors say', async ({ name, schema }) => {
    const { files } = schemaToProto(await loadSchema(schema), 'demo', emptyLock);
    const root = join(folder, name);
    for (const file of files) {
      await mkdir(dirname(join(root, file.path)), { recursive: true });
      await writeFile(join(root, file.path), printProto(file));
    }
    const paths = files.map(({ path }) => path);
    const loaded = await load(paths, { includeDirs: [root], keepCase: true });
    const services = Object.keys(loaded).filter((key) => key.endsWith('StreamService'));
    expect(services).toHaveLength(files.flatMap((file) => file.services).length);

    const [type] = Object.values(loaded).flatMap((entry) => (isType(entry) ? [entry] : []));
    const theirs = type?.fileDescriptorProtos.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)) ?? [];
    expect(contentsOf(theirs)).toEqual(contentsOf(files.map(toDescriptor)));
  });
});

function isType(entry: AnyDefinition): entry is MessageTypeDefinition<object, object> {
  return entry.format === 'Protocol Buffer 3 DescriptorProto';
}

/** Whatever matters on the wire, by full name; of `demo.v1` only. */
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
    // What `optional` stands for: a oneof of one field.
    optional: oneofDecl.some((oneof) => oneof.name === `_${name}`),
  }));
}

/** Some readers write `.demo.v1.Book`, some `Book`. */
function last(name: string): string {
  return name.split('.').at(-1) ?? name;
}
