import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { StreamService } from '../../../src/runtime/index.js';
import { type LoopbackServer, startLoopbackServer } from '../../../src/testing/index.js';
import { type Delegate, openProject } from '../../support/open-project.js';

export type Values = Record<string, unknown>;

/** How the server reads a row, and whose code the consumer receives it with. */
export type Road = `read by ${'SQL' | 'Prisma'}, received by ${'ts-proto' | 'proto-loader'}`;

export const TS_PROTO_ROADS: readonly Road[] = [
  'read by SQL, received by ts-proto',
  'read by Prisma, received by ts-proto',
];

/** Real rows in a real database, streamed by real servers to real clients. */
export interface ValueStream {
  delegate(model: string): Delegate;
  execute(sql: string): Promise<void>;
  /** Every row of a model, as the consumer has it. */
  receive(model: string, road: Road, request?: Values): Promise<Values[]>;
  close(): Promise<void>;
}

/** Opens a project of the schema, and serves it twice: by SQL, and only through Prisma's client. */
export async function openValueStream(
  schema: string,
  adapterIn: (folder: string) => SqlDriverAdapterFactory,
): Promise<ValueStream> {
  const { prisma, adapter, code, delegate, close } = await openProject(schema, adapterIn);
  const createServices = await code.load<(options: object) => StreamService[]>('services.ts', 'createServices');
  const createClients = await code.load<CreateClients>('client.ts', 'createClients');
  const servers = {
    sql: await startLoopbackServer(createServices({ prisma, adapter })),
    prisma: await startLoopbackServer(createServices({ prisma })),
  };
  return {
    delegate,
    execute: async (sql) => void (await prisma.$executeRawUnsafe(sql)),
    receive: (model, road, request = {}) => {
      const server = road.startsWith('read by SQL') ? servers.sql : servers.prisma;
      return road.endsWith('ts-proto')
        ? receiveByTsProto(createClients, server, model, request)
        : receiveByLoader(code.protoFolder, server, model, request);
    },
    async close() {
      for (const server of Object.values(servers)) await server.close();
      await close();
    },
  };
}

/** The part of the generated `createClients` that these tests use. */
type CreateClients = (address: string) => {
  close(): void;
  readonly [delegate: string]: unknown;
};

async function receiveByTsProto(
  createClients: CreateClients,
  { address }: LoopbackServer,
  model: string,
  request: Values,
): Promise<Values[]> {
  const clients = createClients(address);
  try {
    const client = Object(clients[model.toLowerCase()]);
    return await collect(client[`stream${model}s`](request));
  } finally {
    clients.close();
  }
}

async function receiveByLoader(
  protoFolder: string,
  { address }: LoopbackServer,
  model: string,
  request: Values,
): Promise<Values[]> {
  const definition = loadSync(`raw/v1/${model.toLowerCase()}.proto`, {
    includeDirs: [protoFolder],
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
    arrays: true,
  });
  const found = loadPackageDefinition(definition);
  const Service = serviceIn(found, ['raw', 'v1', `${model}StreamService`]);
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
