import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { defaultStreamingSettings } from '../../../src/config/index.js';
import { createTables, type DatabaseAdapter } from '../../../src/database/index.js';
import { ByteWriter } from '../../../src/runtime/byte-writer.js';
import { closeReader, keysetSource, type RowReader, type StreamedModel } from '../../../src/runtime/index.js';
import { modelReading, type Reading } from '../../../src/runtime/model-reading.js';
import type { Consistency } from '../../../src/runtime/stream-request.js';
import type { Values } from './everything.js';
import { generateCode } from './generated-code.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The part of a generated Prisma client that these tests use. */
export interface Client {
  readonly everything: RowReader & {
    createMany(args: { data: Values[] }): Promise<unknown>;
    deleteMany(): Promise<unknown>;
  };
  readonly [delegate: string]: unknown;
  $extends(extension: object): Client;
  $executeRawUnsafe(sql: string): Promise<unknown>;
  $queryRawUnsafe(sql: string): Promise<unknown>;
  $disconnect(): Promise<void>;
}

/** A database whose rows can be read on either road: through Prisma's client, or by SQL through its driver. */
export interface TwoRoads {
  readonly prisma: Client;
  /** Another client, with a connection of its own; `close` ends it. */
  another(): Client;
  /** The bytes that a model's rows encode to, read by SQL where that is allowed. */
  bytesBySql(model: string, options?: ReadOptions): Promise<Buffer>;
  bytesByClient(model: string, options?: ReadOptions): Promise<Buffer>;
  close(): Promise<void>;
}

export interface ReadOptions {
  readonly after?: Values;
  /** Default: the client itself. */
  readonly client?: Client;
  readonly rawQueries?: boolean;
  readonly consistency?: Consistency;
  /** What happens between the first chunk, of three rows, and the second. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** Makes the tables of a schema, its Prisma client and its generated code. */
export async function openTwoRoads(schema: string, adapterIn: (folder: string) => DatabaseAdapter): Promise<TwoRoads> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-roads-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const path = join(folder, 'schema.prisma');
  await writeFile(path, schema);
  await generatePrismaClient(path);
  const adapter = adapterIn(folder);
  await createTables({ adapter, schemaFiles: [{ path, content: schema }] });
  const { PrismaClient } = await import(join(folder, 'client/client.ts'));
  const prisma: Client = new PrismaClient({ adapter });
  const others: Client[] = [];
  const code = await generateCode(schema, 'raw');
  const load = (name: string) =>
    code.load<StreamedModel>(`${name.toLowerCase()}.stream.ts`, `${name.toLowerCase()}Model`);

  return {
    prisma,
    another() {
      const client: Client = new PrismaClient({ adapter: adapterIn(folder) });
      others.push(client);
      return client;
    },
    async bytesBySql(name, { client = prisma, rawQueries = true, after, consistency, meanwhile } = {}) {
      const settings = { ...defaultStreamingSettings, rawQueries };
      const model = await load(name);
      const open = modelReading(model, settings, { prisma: client as never, adapter });
      let bytes: Promise<Buffer> | undefined;
      const asked = { where: undefined, fields: undefined, upTo: undefined, limit: undefined };
      open({ ...asked, order: model.key, after, consistency }, (reading) => {
        bytes = bytesOf(reading, meanwhile);
      });
      return (await bytes) ?? Buffer.alloc(0);
    },
    async bytesByClient(name, { after } = {}) {
      const { key, select, encode, delegate } = await load(name);
      return bytesOf({ source: keysetSource({ delegate: prisma[delegate] as RowReader, key, select, after }), encode });
    },
    async close() {
      await closeReader(adapter);
      for (const client of [prisma, ...others]) await client.$disconnect();
      await code.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function generatePrismaClient(path: string): Promise<void> {
  const args = [join(root, 'node_modules/prisma/build/index.js'), 'generate', '--schema', path];
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
  await promisify(execFile)(process.execPath, args, { env });
}

async function bytesOf<R>({ source, encode }: Reading<R>, meanwhile?: () => Promise<unknown>): Promise<Buffer> {
  const writer = new ByteWriter();
  let chunks = 0;
  for await (const chunk of source({ chunkSize: 3, signal: new AbortController().signal })) {
    for (const row of chunk) encode(writer, row);
    if (++chunks === 1) await meanwhile?.();
  }
  return writer.take();
}
