import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { z } from 'zod';
import { EnvironmentError, type GrpcStreamError, messageOf } from '../errors/index.js';
import { assertFileExists, openDatabase, type ServedDatabase } from '../runtime/database/open-database.js';
import { isReaderFactory, type SqlReaderFactory } from '../runtime/internals/driver-adapter.js';
import type { Project } from './load-project.js';

/** The part of any PrismaClient that is called here. */
export interface DisconnectablePrisma {
  $disconnect(): Promise<void>;
}

/** The database of a project, as its own `database.ts` reaches it. */
export interface ProjectDatabase {
  /** Its generated PrismaClient. */
  readonly prisma: DisconnectablePrisma;
  /** Opens connections beside the client's. */
  readonly adapter: SqlReaderFactory;
  close(): Promise<void>;
}

/**
 * Loads `<output>/database.ts` of a project and calls its `createAdapter` and `createPrisma`.
 *
 * The process moves to the project's folder first: drivers take a relative `file:` URL, and database.ts its `.env`, from the
 * working folder, which `--cwd` and `--config` would otherwise leave elsewhere.
 *
 * @param options.mustExist Refuses a SQLite file that does not exist; the driver would create it in silence.
 * @throws EnvironmentError that says what to do.
 */
export async function openProjectDatabase(
  project: Project,
  { mustExist = false }: { readonly mustExist?: boolean } = {},
): Promise<ProjectDatabase> {
  process.chdir(project.root);
  const path = join(project.outputDir, 'database.ts');
  const { createAdapter, createPrisma } = await importDatabase(path);
  const adapter = adapterOf(path, createAdapter);
  if (mustExist) assertFileExists(adapter, process.env.DATABASE_URL);
  const prisma = prismaOf(path, createPrisma);
  return { prisma, adapter, close: () => prisma.$disconnect() };
}

/**
 * What `serve` reads from: the project's database, and its replica where there is one. Neither has to answer yet, nor a SQLite file to be
 * there.
 *
 * @throws EnvironmentError that says what to do; UsageError for a replica that the project cannot read from.
 */
export async function openServedDatabase(
  project: Project,
): Promise<ReturnType<typeof openDatabase<DisconnectablePrisma>>> {
  process.chdir(project.root);
  const path = join(project.outputDir, 'database.ts');
  const { createAdapter, createPrisma, createReplica } = await importDatabase(path);
  return openDatabase({
    createAdapter: () => adapterOf(path, createAdapter),
    createPrisma: () => prismaOf(path, createPrisma),
    ...(createReplica && { createReplica: () => replicaOf(path, createReplica) }),
  });
}

const func = z.custom<() => unknown>((value) => typeof value === 'function');
const databaseModule = z.object({ createAdapter: func, createPrisma: func, createReplica: func.optional() });
const disconnectable = z.custom<DisconnectablePrisma>(
  (value) => value instanceof Object && typeof Reflect.get(value, '$disconnect') === 'function',
);
const replica = z.object({ prisma: disconnectable, adapter: z.custom<SqlReaderFactory>(isReaderFactory) }).optional();

async function importDatabase(path: string): Promise<z.infer<typeof databaseModule>> {
  if (!existsSync(path)) {
    throw new EnvironmentError('database.no_module', `${path} does not exist`, {
      nextActions: ['`npx grpc-stream init` makes one; it exports createAdapter() and createPrisma()'],
    });
  }
  const module: unknown = await tsImport(pathToFileURL(path).href, import.meta.url).catch((error: unknown) => {
    throw unloadable(path, error);
  });
  const parsed = databaseModule.safeParse(module);
  if (parsed.success) return parsed.data;
  throw wrongModule(path, 'must export the functions createAdapter and createPrisma');
}

function adapterOf(path: string, createAdapter: () => unknown): SqlReaderFactory {
  const adapter = calling(path, createAdapter);
  if (isReaderFactory(adapter)) return adapter;
  throw wrongModule(
    path,
    'createAdapter() must return a Prisma driver adapter, such as new PrismaBetterSqlite3({ url })',
  );
}

function prismaOf(path: string, createPrisma: () => unknown): DisconnectablePrisma {
  const parsed = disconnectable.safeParse(calling(path, createPrisma));
  if (parsed.success) return parsed.data;
  throw wrongModule(path, 'createPrisma() must return a PrismaClient');
}

function replicaOf(path: string, createReplica: () => unknown): ServedDatabase<DisconnectablePrisma> | undefined {
  const parsed = replica.safeParse(calling(path, createReplica));
  if (parsed.success) return parsed.data;
  throw wrongModule(path, 'createReplica() must return { prisma, adapter }, or undefined where there is no replica');
}

function calling(path: string, create: () => unknown): unknown {
  try {
    return create();
  } catch (cause) {
    const unset = !process.env.DATABASE_URL;
    throw new EnvironmentError('database.not_configured', `${shown(path)}: ${messageOf(cause)}`, {
      cause,
      nextActions: [unset ? 'set DATABASE_URL, in the environment or in .env' : 'check DATABASE_URL, and that file'],
    });
  }
}

function wrongModule(path: string, wrong: string): EnvironmentError {
  return new EnvironmentError('database.wrong_module', `${shown(path)}: ${wrong}`);
}

/** What is missing decides what to do: a package, or the code that is generated. */
function unloadable(path: string, cause: unknown): GrpcStreamError {
  const message = messageOf(cause);
  const missingPackage = /Cannot find package '([^']+)'/.exec(message)?.[1];
  if (missingPackage) {
    return new EnvironmentError('database.no_package', `${shown(path)} needs the package ${missingPackage}`, {
      cause,
      nextActions: [`npm install ${missingPackage}`],
    });
  }
  const missingFile = /Cannot find module '([^']+)'/.exec(message)?.[1];
  if (missingFile) {
    return new EnvironmentError(
      'database.no_client',
      `${shown(path)} needs ${shown(missingFile)}, which does not exist`,
      {
        cause,
        nextActions: [
          'generate the Prisma client: `npx grpc-stream generate`',
          'if it makes none there, give the schema a prisma-client generator with that output',
        ],
      },
    );
  }
  return new EnvironmentError('database.broken', `${shown(path)} cannot be loaded: ${message}`, { cause });
}

function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}
