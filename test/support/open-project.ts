import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { closeReader, type RowReader, type StreamedModel } from '../../src/runtime/index.js';
import { createTables } from '../../src/seed/index.js';
import type { Values } from './everything.js';
import { type GeneratedCode, generateCode } from './generated-code.js';
import { generatePrismaClient } from './prisma-client.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The part of a model's delegate that these tests use. */
export interface Delegate extends RowReader {
  createMany(args: { data: readonly Values[] }): Promise<unknown>;
  deleteMany(args?: object): Promise<unknown>;
}

/** The part of a generated Prisma client that these tests use. */
export interface Client {
  readonly everything: Delegate;
  $extends(extension: object): Client;
  $executeRawUnsafe(sql: string): Promise<unknown>;
  $queryRawUnsafe(sql: string): Promise<unknown>;
  $disconnect(): Promise<void>;
  readonly [delegate: string]: unknown;
}

/** A real database with the tables of a schema, its Prisma client and its generated code. */
export interface Project {
  readonly prisma: Client;
  readonly adapter: SqlDriverAdapterFactory;
  /** Another client, with a connection of its own, of another adapter if need be; `close` ends it. */
  another(adapter?: SqlDriverAdapterFactory): Client;
  readonly code: GeneratedCode;
  delegate(name: string): Delegate;
  /** A model as the generated code defines it. */
  model(name: string): Promise<StreamedModel>;
  close(): Promise<void>;
}

/** @param tables Statements that make the tables, for a database whose tables only Prisma's CLI makes. */
export async function openProject(
  schema: string,
  adapterIn: (folder: string) => SqlDriverAdapterFactory,
  tables?: readonly string[],
): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-project-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const path = join(folder, 'schema.prisma');
  await writeFile(path, schema);
  await generatePrismaClient(path);
  const adapter = adapterIn(folder);
  if (tables) await execute(adapter, tables);
  else await createTables({ adapter, schemaFiles: [{ path, content: schema }] });
  const { PrismaClient } = await import(join(folder, 'client/client.ts'));
  const prisma: Client = new PrismaClient({ adapter });
  const others: Client[] = [];
  const code = await generateCode(schema, 'raw');
  return {
    prisma,
    adapter,
    code,
    another(other = adapterIn(folder)) {
      const client: Client = new PrismaClient({ adapter: other });
      others.push(client);
      return client;
    },
    delegate: (name) => prisma[name] as Delegate,
    model: (name) => code.load<StreamedModel>(`${name.toLowerCase()}.stream.ts`, `${name.toLowerCase()}Model`),
    async close() {
      await closeReader(adapter);
      for (const client of [prisma, ...others]) await client.$disconnect();
      await code.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function execute(adapter: SqlDriverAdapterFactory, statements: readonly string[]): Promise<void> {
  const connection = await adapter.connect();
  try {
    for (const sql of statements) await connection.executeRaw({ sql, args: [], argTypes: [] });
  } finally {
    await connection.dispose();
  }
}
