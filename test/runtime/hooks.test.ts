import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, credentials, Metadata, makeGenericClientConstructor, status as Status } from '@grpc/grpc-js';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StreamError } from '../../src/errors/index.js';
import {
  closeReader,
  type ModelHooks,
  type ServiceHooks,
  type StreamService,
  type StreamServiceOptions,
} from '../../src/runtime/index.js';
import { createTables } from '../../src/seed/index.js';
import { startLoopbackServer } from '../../src/testing/index.js';
import { type GeneratedCode, generateCode } from '../support/generated-code.js';
import { generatePrismaClient } from '../support/prisma-client.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SCHEMA = `
datasource db {
  provider = "sqlite"
}
generator client {
  provider = "prisma-client"
  output   = "./client"
}
model Note {
  id     Int    @id
  tenant String
  text   String
  @@index([tenant, text])
}
`;

/** Six notes, of two tenants in turn. */
const notes = [1, 2, 3, 4, 5, 6].map((id) => ({ id, tenant: id % 2 ? 'odd' : 'even', text: `text ${id}` }));
const ownNotes = { odd: [1, 3, 5], even: [2, 4, 6] };

type Options = StreamServiceOptions<Record<string, never>>;
type Rows = { readonly id: number; readonly tenant: string; readonly text: string }[];

let folder = '';
let code: GeneratedCode;
let createServices: (options: Options) => StreamService[];
let prisma: { $disconnect(): Promise<void>; note: { createMany(args: object): Promise<unknown> } };
let adapter: PrismaBetterSqlite3;
let methods: Readonly<Record<string, { readonly requestType: { fromPartial(request: object): object } }>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grpc-stream-hooks-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const path = join(folder, 'schema.prisma');
  await writeFile(path, SCHEMA);
  await generatePrismaClient(path);
  adapter = new PrismaBetterSqlite3({ url: `file:${join(folder, 'notes.db')}` });
  await createTables({ adapter, schemaFiles: [{ path, content: SCHEMA }] });
  const { PrismaClient } = await import(join(folder, 'client/client.ts'));
  prisma = new PrismaClient({ adapter });
  await prisma.note.createMany({ data: notes });
  code = await generateCode(SCHEMA, 'notes');
  ({ methods } = await code.load<{ methods: typeof methods }>('notes/v1/note.ts', 'NoteStreamServiceDefinition'));
  createServices = await code.load('services.ts', 'createServices');
});
afterAll(async () => {
  await closeReader(adapter);
  await prisma.$disconnect();
  await code.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Who calls is told in its metadata, as behind a server of one's own. */
const tenancy: ModelHooks = {
  authorize: ({ metadata }) => {
    if (metadata.get('tenant').length > 0) return;
    throw new StreamError('auth.none', 'sign in first', { status: 'UNAUTHENTICATED', phase: 'request' });
  },
  scope: ({ metadata }) => ({ tenant: metadata.get('tenant')[0] }),
};

describe.each(['odd', 'even'] as const)('the tenant %s', (tenant) => {
  const other = tenant === 'odd' ? 'even' : 'odd';
  const seen = (request: object, method?: 'streamNotes' | 'streamNoteBatches') =>
    withNotes({ note: tenancy }, (client) => client.ids(method ?? 'streamNotes', request, tenant));

  it('reads its own rows, one in a message', async () => {
    expect(await seen({})).toEqual(ownNotes[tenant]);
  });

  it('reads its own rows, many in a message', async () => {
    expect(await seen({}, 'streamNoteBatches')).toEqual(ownNotes[tenant]);
  });

  it('cannot reach the rows of another by a filter', async () => {
    expect(await seen({ filter: { tenant: { equals: other } } })).toEqual([]);
    expect(await seen({ filter: { or: [{ tenant: { equals: other } }, { id: { gt: 0 } }] } })).toEqual(
      ownNotes[tenant],
    );
    expect(await seen({ filter: { not: { tenant: { equals: tenant } } } })).toEqual([]);
    expect(await seen({ filter: { id: { in: [1, 2, 3, 4, 5, 6] } } }, 'streamNoteBatches')).toEqual(ownNotes[tenant]);
  });

  it('cannot reach other rows by order, mask, position or partition', async () => {
    const own = ownNotes[tenant];
    expect(await seen({ order: 'NOTE_SORT_ORDER_TENANT_THEN_TEXT_DESC' })).toEqual(own.toReversed());
    expect(await seen({ readMask: ['text'] })).toEqual(own);
    expect(await seen({ after: { id: 2 } })).toEqual(own.filter((id) => id > 2));
    expect(await seen({ partition: { after: { id: 0 }, upTo: { id: 4 } } })).toEqual(own.filter((id) => id <= 4));
    expect(await seen({ limit: 1n })).toEqual(own.slice(0, 1));
    expect(await seen({ consistency: 'CONSISTENCY_SNAPSHOT' })).toEqual(own);
  });

  it('gets partitions between its own keys', async () => {
    const keys = await withNotes({ note: tenancy }, (client) => client.partitionKeys(tenant));
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(ownNotes[tenant]).toContain(key);
  });
});

describe('a call that is not let in', () => {
  it.each([
    'streamNotes',
    'streamNoteBatches',
    'partitionNotes',
  ] as const)('ends %s with the status of the hook', async (method) => {
    const error = await withNotes({ '*': tenancy }, (client) => client.failure(method, { limit: -1n }));
    expect(error).toMatchObject({ code: Status.UNAUTHENTICATED, details: 'sign in first' });
  });

  it('runs the hooks of all models before those of the model', async () => {
    const asked: string[] = [];
    const asks = (name: string): ModelHooks => ({
      authorize: ({ model, method }) => void asked.push(`${name} ${model} ${method}`),
    });
    await withNotes({ '*': asks('all'), note: asks('own') }, (client) => client.ids('streamNotes', {}, 'odd'));
    expect(asked).toEqual(['all', 'own'].map((name) => `${name} Note notes.v1.NoteStreamService/StreamNotes`));
  });

  it('gets no details of the error of a hook, which the log has', async () => {
    const logged: unknown[] = [];
    const hooks = { note: { authorize: () => Promise.reject(new Error('ldap://10.0.0.1 is down')) } };
    const error = await withNotes(hooks, (client) => client.failure('streamNotes', {}), {
      logger: { ...silent, error: (fields: object) => void logged.push(fields) },
    });
    expect(error).toMatchObject({ code: Status.INTERNAL, details: 'internal error' });
    expect(logged).toMatchObject([{ model: 'Note', err: { message: 'ldap://10.0.0.1 is down' } }]);
  });
});

describe('a scope', () => {
  it.each([
    ['a value that is undefined', { tenant: undefined }],
    ['one deep inside', { OR: [{ tenant: { in: ['odd', undefined] } }] }],
    ['nothing', undefined],
  ])('of %s is refused: Prisma would read every row', async (_what, where) => {
    const hooks = { note: { scope: () => where as object } };
    const error = await withNotes(hooks, (client) => client.failure('streamNotes', {}));
    expect(error).toMatchObject({ code: Status.INTERNAL, details: 'internal error' });
  });

  it('of {} is every row', async () => {
    expect(await withNotes({ note: { scope: () => ({}) } }, (client) => client.ids('streamNotes', {}, 'odd'))).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });
});

describe('a row that is mapped', () => {
  const hidden: ModelHooks = { mapRow: (row) => (row.id === 2 ? null : { ...row, id: 99, text: 'hidden' }) };

  it('arrives as the hook returned it, with the key that a client resumes after', async () => {
    const rows = await withNotes({ note: hidden }, (client) => client.rows('streamNotes', {}, 'odd'));
    expect(rows.map(({ id }) => id)).toEqual([1, 3, 4, 5, 6]);
    expect(new Set(rows.map(({ text }) => text))).toEqual(new Set(['hidden']));
  });

  it('is hidden in batches, and as a bound of partitions, as well', async () => {
    const hooks = { note: hidden };
    expect(await withNotes(hooks, (client) => client.ids('streamNoteBatches', {}, 'odd'))).toEqual([1, 3, 4, 5, 6]);
    expect(await withNotes(hooks, (client) => client.partitionKeys('odd'))).not.toContain(2);
  });
});

describe('services of one’s own', () => {
  it('do not change without hooks', async () => {
    expect(await withNotes({}, (client) => client.ids('streamNotes', {}, 'odd'))).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

const silent = { debug() {}, info() {}, warn() {}, error() {} };

interface NoteClient {
  rows(method: 'streamNotes' | 'streamNoteBatches', request: object, tenant: string): Promise<Rows>;
  ids(method: 'streamNotes' | 'streamNoteBatches', request: object, tenant: string): Promise<number[]>;
  /** The keys at the bounds of the parts. */
  partitionKeys(tenant: string): Promise<number[]>;
  /** The error of a call without a tenant. */
  failure(method: string, request: object): Promise<unknown>;
}

/** Serves the notes on a real socket, by SQL where that is allowed, and calls them. */
async function withNotes<T>(hooks: object, use: (client: NoteClient) => Promise<T>, more: object = {}): Promise<T> {
  const options = { prisma, adapter, hooks: hooks as ServiceHooks<Record<string, never>>, ...more };
  const services = createServices(options as unknown as Options);
  const server = await startLoopbackServer(services);
  const [{ definition } = { definition: {} }] = services;
  const client = new (makeGenericClientConstructor(definition, 'Notes'))(server.address, credentials.createInsecure());
  try {
    return await use(noteClient(client));
  } finally {
    client.close();
    await server.close();
  }
}

function noteClient(client: Client): NoteClient {
  const open = (method: string, request: object, metadata: Metadata) =>
    Reflect.get(client, method).call(client, whole(method, request), metadata);
  const self: NoteClient = {
    async rows(method, request, tenant) {
      const rows: Rows = [];
      for await (const message of open(method, request, metadataOf(tenant))) rows.push(...(message.notes ?? [message]));
      return rows;
    },
    ids: async (...call) => (await self.rows(...call)).map(({ id }) => id),
    async partitionKeys(tenant) {
      const { partitions } = await unary(client, { count: 3 }, metadataOf(tenant));
      return partitions.flatMap(({ after, upTo }) => [after, upTo].flatMap((key) => key?.id ?? []));
    },
    async failure(method, request) {
      const metadata = new Metadata();
      if (method === 'partitionNotes') return unary(client, {}, metadata).catch((error: unknown) => error);
      try {
        for await (const _ of open(method, request, metadata));
      } catch (error) {
        return error;
      }
      throw new Error('the call was let in');
    },
  };
  return self;
}

type Key = { readonly id: number } | null | undefined;
type Partitions = { readonly partitions: { readonly after?: Key; readonly upTo?: Key }[] };

function unary(client: Client, request: object, metadata: Metadata): Promise<Partitions> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, reply: Partitions) => (error ? reject(error) : resolve(reply));
    Reflect.get(client, 'partitionNotes').call(client, whole('partitionNotes', request), metadata, done);
  });
}

function whole(method: string, request: object): object {
  return methods[method]?.requestType.fromPartial(request) ?? request;
}

function metadataOf(tenant: string): Metadata {
  const metadata = new Metadata();
  metadata.set('tenant', tenant);
  return metadata;
}
