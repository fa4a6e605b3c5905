import { join } from 'node:path';
import { create, createFileRegistry, type DescMethod } from '@bufbuild/protobuf';
import {
  FileDescriptorSetSchema,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
} from '@bufbuild/protobuf/wkt';
import { Client, credentials, type ServiceError, status as Status } from '@grpc/grpc-js';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toDescriptor } from '../../src/codegen/descriptors-file.js';
import { emptyLock, schemaToProto } from '../../src/proto/index.js';
import type { StreamService } from '../../src/runtime/index.js';
import { parseSchema } from '../../src/schema/index.js';
import { type LoopbackServer, startLoopbackServer } from '../../src/testing/index.js';
import { openProject, type Project } from '../support/open-project.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { randomRequest, seededRandom } from '../support/random-requests.js';

/** PostgreSQL is the one that minds what it is asked. */
const REQUESTS = { sqlite: 2_000, postgresql: 10_000 } as const;
const SIDE_BY_SIDE = 40;

const schemaOf = (provider: 'sqlite' | 'postgresql') => {
  const native = (type: string) => (provider === 'postgresql' ? `@db.${type}` : '');
  return `
generator client {
  provider = "prisma-client"
  output   = "./client"
}
datasource db {
  provider = "${provider}"
}
enum Mood {
  CALM
  WILD
}
model Everything {
  id String ${native('Uuid')}
  part Int ${native('SmallInt')}
  aString String ${native('VarChar(20)')}
  fixed String ${native('Char(5)')}
  aBoolean Boolean
  aBigInt BigInt
  aFloat Float ${native('Real')}
  aDecimal Decimal ${native('Decimal(10, 2)')}
  aDateTime DateTime ${native('Timestamptz(3)')}
  aDay DateTime ${native('Date')}
  exact DateTime ${native('Timestamp(6)')}
  aJson Json
  aBytes Bytes
  aMood Mood
  maybeString String?
  maybeDateTime DateTime?
  maybeMood Mood?

  @@id([id, part])
  @@index([aMood, aDecimal(sort: Desc)])
  @@index([maybeDateTime])
  @@index([maybeMood, aString])
  @@index([aDay])
}
`;
};

describe.each(['sqlite', 'postgresql'] as const)('a server over %s', (provider) => {
  let postgres: PostgresServer | undefined;
  let project: Project;
  let server: LoopbackServer;
  let client: Client;
  let methods: readonly DescMethod[];

  beforeAll(async () => {
    const database = provider === 'postgresql' ? await startPostgres() : undefined;
    postgres = database;
    const schema = schemaOf(provider);
    project = await openProject(schema, (folder) =>
      database
        ? new PrismaPg({ connectionString: database.url })
        : new PrismaBetterSqlite3({ url: `file:${join(folder, 'hostile.db')}` }),
    );
    await project.delegate('everything').createMany({ data: Array.from({ length: 12 }, (_, index) => rowOf(index)) });
    const createServices = await project.code.load<(options: object) => StreamService[]>(
      'services.ts',
      'createServices',
    );
    server = await startLoopbackServer(createServices({ prisma: project.prisma, adapter: project.adapter }));
    client = new Client(server.address, credentials.createInsecure());
    methods = methodsOf(schema);
  });
  afterAll(async () => {
    client?.close();
    await server?.close();
    await project?.close();
    await postgres?.stop();
  });

  const total = REQUESTS[provider];

  it(`answers ${total} hostile requests with their rows or with INVALID_ARGUMENT, and still serves`, async () => {
    const random = seededRandom(20_240_229);
    const requests = Array.from({ length: total }, (_, index) => {
      const method = methods[index % methods.length] as DescMethod;
      return { method, bytes: randomRequest(method.input, random) };
    });
    const counts = new Map<string, number>();
    const wrong: string[] = [];
    const work = async () => {
      for (let next = requests.pop(); next; next = requests.pop()) {
        const { code, details } = await ask(next.method, next.bytes);
        counts.set(code, (counts.get(code) ?? 0) + 1);
        if (code === 'OK' || code === 'INVALID_ARGUMENT') continue;
        wrong.push(`${next.method.name} ${Buffer.from(next.bytes).toString('hex')}: ${code} ${details}`);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    expect(wrong).toEqual([]);
    // Both happened, and often: the requests were neither all nonsense nor all harmless.
    expect(counts.get('OK')).toBeGreaterThan(total / 20);
    expect(counts.get('INVALID_ARGUMENT')).toBeGreaterThan(total / 20);

    for (const method of methods) {
      const whole = method.name.startsWith('Partition') ? Uint8Array.of(8, 3) : new Uint8Array();
      expect(await ask(method, whole)).toMatchObject({ code: 'OK' });
    }
  }, 600_000);

  function ask(method: DescMethod, bytes: Uint8Array): Promise<{ code: string; details: string; messages: number }> {
    return new Promise((resolve) => {
      let messages = 0;
      const end = ({ code, details }: Pick<ServiceError, 'code' | 'details'>) =>
        resolve({ code: Status[code], details, messages });
      const path = `/${method.parent.typeName}/${method.name}`;
      const identity = (value: Buffer) => value;
      const stream = client.makeServerStreamRequest(path, identity, identity, Buffer.from(bytes));
      stream.on('data', () => messages++);
      stream.on('error', end);
      stream.on('end', () => end({ code: Status.OK, details: '' }));
    });
  }
});

function methodsOf(schema: string): readonly DescMethod[] {
  const { files } = schemaToProto(parseSchema([{ path: 'schema.prisma', content: schema }]), 'raw', emptyLock);
  const known = [file_google_protobuf_field_mask, file_google_protobuf_struct, file_google_protobuf_timestamp];
  const registry = createFileRegistry(
    create(FileDescriptorSetSchema, {
      file: [...known.map(({ proto }) => proto), ...files.toReversed().map(toDescriptor)],
    }),
  );
  const service = registry.getService('raw.v1.EverythingStreamService');
  if (!service) throw new Error('the schema has no such service');
  return service.methods;
}

function rowOf(index: number) {
  return {
    id: `0000000${index % 10}-0000-4000-8000-000000000000`,
    part: index,
    aString: ['', 'a', 'B', '%_'][index % 4],
    fixed: 'ab',
    aBoolean: index % 2 === 0,
    aBigInt: BigInt(index) * 2n ** 50n,
    aFloat: index / 3,
    aDecimal: `${index}.25`,
    aDateTime: new Date(index * 1000 - 5000),
    aDay: new Date(Date.UTC(2024, 1, index + 1)),
    exact: new Date(index),
    aJson: { index },
    aBytes: Uint8Array.of(index),
    aMood: index % 3 === 0 ? 'CALM' : 'WILD',
    maybeString: index % 2 === 0 ? null : 'x',
    maybeDateTime: index % 3 === 0 ? null : new Date(index),
    maybeMood: index % 4 === 0 ? 'CALM' : null,
  };
}
