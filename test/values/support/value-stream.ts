import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { generateFiles } from '../../../src/codegen/index.js';
import { emptyLock } from '../../../src/proto/index.js';
import { closeReader, type StreamService } from '../../../src/runtime/index.js';
import { parseSchema } from '../../../src/schema/index.js';
import { createTables } from '../../../src/seed/index.js';
import { type LoopbackServer, startLoopbackServer } from '../../../src/testing/index.js';

export type Values = Record<string, unknown>;

/** The part of a generated Prisma client that these tests use. */
export interface Client {
  readonly [delegate: string]: {
    createMany(args: { data: readonly Values[] }): Promise<unknown>;
    deleteMany(): Promise<unknown>;
  };
}

/** A way that a row takes: how the server reads it, and by whose code the consumer does. */
export type Road = `read by ${'SQL' | 'Prisma'}, received by ${'ts-proto' | 'proto-loader'}`;

export const TS_PROTO_ROADS: readonly Road[] = [
  'read by SQL, received by ts-proto',
  'read by Prisma, received by ts-proto',
];

/** Real rows in a real database, streamed by real servers to real clients. */
export interface ValueStream {
  readonly prisma: Client;
  execute(sql: string): Promise<void>;
  /** Every row of a model, as the consumer has it. */
  receive(model: string, road: Road, request?: Values): Promise<Values[]>;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Makes a schema's tables, its Prisma client and its generated code, and serves it twice: by SQL, and through the client alone. */
export async function openValueStream(
  schema: string,
  adapterIn: (folder: string) => SqlDriverAdapterFactory,
): Promise<ValueStream> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-values-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const path = join(folder, 'schema.prisma');
  await writeFile(path, schema);
  await generatePrismaClient(path);
  await writeGenerated(folder, schema);
  const adapter = adapterIn(folder);
  await createTables({ adapter, schemaFiles: [{ path, content: schema }] });
  const { PrismaClient } = await import(join(folder, 'client/client.ts'));
  const prisma = new PrismaClient({ adapter });
  const { createServices } = await import(join(folder, 'code/services.ts'));
  const servers = {
    sql: await startLoopbackServer(createServices({ prisma, adapter }) satisfies StreamService[]),
    prisma: await startLoopbackServer(createServices({ prisma }) satisfies StreamService[]),
  };
  return {
    prisma,
    execute: (sql) => prisma.$executeRawUnsafe(sql),
    receive: (model, road, request = {}) => {
      const server = road.startsWith('read by SQL') ? servers.sql : servers.prisma;
      return road.endsWith('ts-proto')
        ? receiveByTsProto(folder, server, model, request)
        : receiveByLoader(folder, server, model, request);
    },
    async close() {
      for (const server of Object.values(servers)) await server.close();
      await closeReader(adapter);
      await prisma.$disconnect();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function generatePrismaClient(path: string): Promise<void> {
  const args = [join(root, 'node_modules/prisma/build/index.js'), 'generate', '--schema', path];
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
  await promisify(execFile)(process.execPath, args, { env });
}

async function writeGenerated(folder: string, content: string): Promise<void> {
  const schema = parseSchema([{ path: 'schema.prisma', content }]);
  const { code, own, proto } = await generateFiles({ schema, packageName: 'values', lock: emptyLock });
  for (const [path, text] of code)
    await write(join(folder, 'code', path), text.replace(/(['"])grpc-stream\/(\w+)\1/g, ownSource));
  for (const [path, text] of own) await write(join(folder, path), text);
  for (const [path, text] of proto) await write(join(folder, 'proto', path), text);
}

/** The package as it is here, not as it was built. */
function ownSource(_all: string, _quote: string, entry: string): string {
  return JSON.stringify(join(root, `src/${entry}/index.ts`));
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function receiveByTsProto(
  folder: string,
  { address }: LoopbackServer,
  model: string,
  request: Values,
): Promise<Values[]> {
  const { createClients } = await import(join(folder, 'code/client.ts'));
  const clients = createClients(address);
  try {
    return await collect(clients[model.toLowerCase()][`stream${model}s`](request));
  } finally {
    clients.close();
  }
}

async function receiveByLoader(
  folder: string,
  { address }: LoopbackServer,
  model: string,
  request: Values,
): Promise<Values[]> {
  const definition = loadSync(`values/v1/${model.toLowerCase()}.proto`, {
    includeDirs: [join(folder, 'proto')],
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
    arrays: true,
  });
  const found = loadPackageDefinition(definition);
  const Service = serviceIn(found, ['values', 'v1', `${model}StreamService`]);
  const client = new Service(address, credentials.createInsecure());
  try {
    return await collect(Reflect.get(client, `stream${model}s`).call(client, request));
  } finally {
    client.close();
  }
}

type ServiceClient = InstanceType<typeof import('@grpc/grpc-js').Client>;

function serviceIn(found: unknown, path: readonly string[]): new (...args: unknown[]) => ServiceClient {
  let at: unknown = found;
  for (const name of path) at = Reflect.get(Object(at), name);
  if (typeof at !== 'function') throw new Error(`no service ${path.join('.')}`);
  return at as new (
    ...args: unknown[]
  ) => ServiceClient;
}

async function collect(rows: AsyncIterable<Values>): Promise<Values[]> {
  const all: Values[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
