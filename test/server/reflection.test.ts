import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { create, createFileRegistry, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/index.js';
import { inMemoryDelegate } from '../../src/testing/index.js';

/** What `npm run build` generated from `prisma/schema.prisma`. */
const GENERATED = new URL('../../dist/demo/generated/', import.meta.url);

/** The protocol as google publishes it, which every reflection client speaks. */
const folder = dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json'));
const VERSIONS = ['v1', 'v1alpha'] as const;

interface Answer {
  readonly listServicesResponse?: { readonly service: { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: Buffer[] };
  readonly errorResponse?: { readonly errorCode: number };
}

let server: RunningServer;
let client: Client;
beforeAll(async () => {
  const { createServices } = await import(new URL('services.js', GENERATED).href);
  const { descriptors } = await import(new URL('descriptors.js', GENERATED).href);
  const book = inMemoryDelegate([
    {
      id: 1,
      isbn: '1',
      title: 'Emma',
      summary: '',
      pages: 474,
      rating: null,
      status: 'DRAFT',
      publishedAt: new Date(0),
      sold: 7n,
    },
  ]);
  server = await startServer({ port: 0, services: createServices({ prisma: { book } }), reflection: descriptors });
  client = new Client(server.address, credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await server.stop(0);
});

/** One question, one answer. */
async function ask(version: (typeof VERSIONS)[number], question: object): Promise<Answer> {
  const path = join(folder, `build/proto/grpc/reflection/${version}/reflection.proto`);
  const service = loadSync(path, { longs: String, defaults: false, oneofs: true })[
    `grpc.reflection.${version}.ServerReflection`
  ];
  const { path: method, requestSerialize, responseDeserialize } = Reflect.get(service ?? {}, 'ServerReflectionInfo');
  const call: ClientDuplexStream<object, Answer> = client.makeBidiStreamRequest(
    method,
    requestSerialize,
    responseDeserialize,
  );
  const answer = new Promise<Answer>((resolve, reject) => call.once('data', resolve).once('error', reject));
  call.write(question);
  call.end();
  return answer;
}

describe.each(VERSIONS)('reflection %s', (version) => {
  it('lists the services', async () => {
    const { listServicesResponse } = await ask(version, { listServices: '*' });
    expect(listServicesResponse?.service.map(({ name }) => name)).toEqual(['library.v1.BookStreamService']);
  });

  it('returns everything that a client without the proto needs to call them', async () => {
    const { fileDescriptorResponse } = await ask(version, { fileContainingSymbol: 'library.v1.BookStreamService' });
    const files =
      fileDescriptorResponse?.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)) ?? [];
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: imported(files) }));
    const method = registry.getService('library.v1.BookStreamService')?.method.streamBooks;
    if (!method) throw new Error('no method');
    const rows = await stream(`/${method.parent.typeName}/${method.name}`, method.input, method.output);
    expect(rows).toEqual([expect.objectContaining({ id: 1, title: 'Emma', pages: 474 })]);
    // `optional` is what tells null from zero.
    expect(method.output.fields.filter(({ proto }) => proto.proto3Optional).map(({ name }) => name)).toContain(
      'rating',
    );
  });

  it('answers NOT_FOUND for unknown names', async () => {
    for (const name of ['no.such.Symbol', '__proto__', 'constructor']) {
      const { errorResponse, fileDescriptorResponse } = await ask(version, { fileByFilename: name });
      expect(
        errorResponse?.errorCode ?? fileDescriptorResponse?.fileDescriptorProto.map(({ length }) => length),
      ).toEqual(errorResponse ? 5 : [0]);
    }
  });
});

it('is off by default', async () => {
  const silent = await startServer({ port: 0, services: [] });
  const other = new Client(silent.address, credentials.createInsecure());
  const call = other.makeBidiStreamRequest(
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    Buffer.from,
    Buffer.from,
  );
  const error = await new Promise((resolve) => call.once('error', resolve));
  expect(error).toMatchObject({ code: 12 });
  other.close();
  await silent.stop(0);
});

/** A registry wants a file after those that it imports. */
function imported(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const sorted = new Set<FileDescriptorProto>();
  const visit = (file: FileDescriptorProto) => {
    for (const name of file.dependency) visit(files.find((other) => other.name === name) as FileDescriptorProto);
    sorted.add(file);
  };
  for (const file of files) visit(file);
  return [...sorted];
}

function stream(path: string, input: DescMessage, output: DescMessage): Promise<object[]> {
  const serialize = () => Buffer.from(toBinary(input, create(input)));
  const call = client.makeServerStreamRequest(path, serialize, (bytes: Buffer) => fromBinary(output, bytes), {});
  const rows: object[] = [];
  return new Promise((resolve, reject) => {
    call.on('data', (row: object) => rows.push(row));
    call.on('end', () => resolve(rows));
    call.on('error', reject);
  });
}
