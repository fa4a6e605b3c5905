import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { EnvironmentError, type GrpcStreamError, messageOf } from '../errors/index.js';
import { assertFileExists, type Database, type DatabaseModule } from '../runtime/database/open-database.js';
import { isReaderFactory, type SqlReaderFactory } from '../runtime/internals/driver-adapter.js';
import { importTypeScript } from './load-generated.js';
import type { Project } from './load-project.js';

/** The part of any PrismaClient that is called here. */
export interface DisconnectablePrisma {
  $disconnect(): Promise<void>;
}

/**
 * Opens the database of a project by the `createAdapter` and `createPrisma` of its `<output>/database.ts`; `prisma.$disconnect()` closes it.
 *
 * @param options.mustExist Refuses a SQLite file that does not exist; the driver would create it without a word.
 * @throws EnvironmentError that says what to do.
 */
export async function openProjectDatabase(
  project: Project,
  { mustExist = false }: { readonly mustExist?: boolean } = {},
): Promise<Required<Database<DisconnectablePrisma>>> {
  const { createAdapter, createPrisma } = await loadDatabase(project);
  const adapter = createAdapter();
  if (mustExist) assertFileExists(adapter, process.env.DATABASE_URL);
  return { prisma: createPrisma(), adapter };
}

const func = z.custom<() => unknown>((value) => typeof value === 'function');
const exported = z.object({ createAdapter: func, createPrisma: func, createReplica: func.optional() });
const prisma = z.custom<DisconnectablePrisma>(
  (value) => value instanceof Object && typeof Reflect.get(value, '$disconnect') === 'function',
);
const adapter = z.custom<SqlReaderFactory>(isReaderFactory);
const replica = z.object({ prisma, adapter }).optional();

/**
 * Loads `<output>/database.ts` of a project. The results of its functions are checked when they are called.
 *
 * The process moves to the project's folder first: drivers take a relative `file:` URL, and database.ts its `.env`, from the
 * working folder, which `--cwd` and `--config` would otherwise leave elsewhere.
 *
 * @throws EnvironmentError that says what to do.
 */
export async function loadDatabase(project: Project): Promise<DatabaseModule<DisconnectablePrisma>> {
  process.chdir(project.root);
  const path = join(project.outputDir, 'database.ts');
  const { createAdapter, createPrisma, createReplica } = await importDatabase(path);
  return {
    createAdapter: () =>
      made(
        path,
        createAdapter,
        adapter,
        'createAdapter() must return a Prisma driver adapter, such as new PrismaBetterSqlite3({ url })',
      ),
    createPrisma: () => made(path, createPrisma, prisma, 'createPrisma() must return a PrismaClient'),
    ...(createReplica && {
      createReplica: () =>
        made(
          path,
          createReplica,
          replica,
          'createReplica() must return { prisma, adapter }, or undefined where there is no replica',
        ),
    }),
  };
}

async function importDatabase(path: string): Promise<z.infer<typeof exported>> {
  if (!existsSync(path)) {
    throw new EnvironmentError('database.no_module', `${path} does not exist`, {
      nextActions: ['`npx grpc-stream init` makes one; it exports createAdapter() and createPrisma()'],
    });
  }
  const module: unknown = await importTypeScript(path).catch((error: unknown) => {
    throw unloadable(path, error);
  });
  const parsed = exported.safeParse(module);
  if (parsed.success) return parsed.data;
  throw wrongModule(path, 'must export the functions createAdapter and createPrisma');
}

/** Calls one of the functions, and checks what it returns. */
function made<T>(path: string, create: () => unknown, shape: z.ZodType<T>, wrong: string): T {
  const parsed = shape.safeParse(called(path, create));
  if (parsed.success) return parsed.data;
  throw wrongModule(path, wrong);
}

function called(path: string, create: () => unknown): unknown {
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

/** What is missing decides what to do: a package, or generated code. */
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
    const why = `${shown(path)} needs ${shown(missingFile)}, which does not exist`;
    return new EnvironmentError('database.no_client', why, {
      cause,
      nextActions: [
        'generate the Prisma client: `npx grpc-stream generate`',
        'if it makes none there, give the schema a prisma-client generator with that output',
      ],
    });
  }
  return new EnvironmentError('database.broken', `${shown(path)} cannot be loaded: ${message}`, { cause });
}

function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}

/** The reason in an error of Prisma's client: the last line of its message, which begins with an excerpt of the calling code. */
export function prismaReason(error: unknown): string {
  const message = messageOf(error);
  return message.trim().split('\n').at(-1)?.trim() ?? message;
}
