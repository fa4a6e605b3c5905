import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { streamingShape } from '../../config/config.js';
import { defaultStreamingSettings, type StreamingSettings } from '../../config/index.js';
import { EnvironmentError, messageOf, UsageError } from '../../errors/index.js';
import type { StreamModel } from '../../model/index.js';
import { fileNameOf, namesOf, typeNameOf } from '../../proto/names/names.js';
import type { Immutable } from '../../results/index.js';
import type { SqlReaderFactory, StreamService, StreamServiceOptions } from '../../runtime/index.js';

/** The modules that generated code is loaded from, as URLs. */
const modulesSchema = z.strictObject({ services: z.string(), database: z.string(), messages: z.string() });
interface GeneratedModules extends Immutable<z.infer<typeof modulesSchema>> {}

/** The part of a target that other processes need: the generated modules, the model, and the settings that no sweep changes. */
export const sentTargetSchema = z.strictObject({
  modules: modulesSchema,
  schemaPath: z.string(),
  protoDir: z.string(),
  model: z.string(),
  streaming: z.strictObject(streamingShape),
});

export interface SentTarget extends Immutable<z.infer<typeof sentTargetSchema>> {}

/** The target of a bench: generated code, and the database that it reads. */
export interface BenchTarget {
  /** A demo's table is made in a scratch folder and filled; a project's is only read. */
  readonly source: 'demo' | 'project';
  readonly model: string;
  readonly schemaPath: string;
  /** Holds the lock, which says what the model and its fields are called in the API. */
  readonly protoDir: string;
  readonly modules: GeneratedModules;
  /** Settings that the sweep leaves alone. */
  readonly streaming: StreamingSettings;
  /** The working directory of the processes, so that relative paths in the project's code are right. */
  readonly cwd: string;
  /** Node flags, such as the loader that reads a project's TypeScript. */
  readonly execArgv: readonly string[];
}

/** The part of a target that is sent to another process. */
export function sentTarget({ modules, schemaPath, protoDir, model, streaming }: BenchTarget) {
  return { modules, schemaPath, protoDir, model, streaming };
}

/**
 * The built-in demo, compiled with this package, so that a bench needs no project and generates nothing.
 *
 * @param packageRoot The folder of this package's `package.json`.
 */
export function demoTarget(packageRoot: string): BenchTarget {
  const module = (path: string) => pathToFileURL(join(packageRoot, 'dist', 'demo', path)).href;
  return {
    source: 'demo',
    model: 'Book',
    schemaPath: join(packageRoot, 'prisma', 'schema.prisma'),
    protoDir: join(packageRoot, 'prisma', 'proto'),
    modules: {
      services: module('generated/services.js'),
      database: module('database.js'),
      messages: module('generated/library/v1/book.js'),
    },
    streaming: defaultStreamingSettings,
    cwd: packageRoot,
    execArgv: [],
  };
}

/** The folders of a project's generated code; paths are absolute. */
interface ProjectTargetOptions {
  readonly model: StreamModel;
  readonly root: string;
  readonly schemaPath: string;
  readonly protoDir: string;
  readonly outputDir: string;
  /** Proto package without its version. */
  readonly packageName: string;
  readonly streaming: StreamingSettings;
}

/**
 * A project's model and database (`DATABASE_URL`), which are only read; its TypeScript runs without a build.
 *
 * @throws UsageError when its services were not generated.
 */
export function projectTarget(options: ProjectTargetOptions): BenchTarget {
  const { model, root, schemaPath, protoDir, outputDir, packageName, streaming } = options;
  if (!existsSync(join(outputDir, 'generated', 'services.ts'))) throw notGenerated(options);
  const module = (...path: string[]) => pathToFileURL(join(outputDir, ...path)).href;
  return {
    source: 'project',
    model: model.name,
    schemaPath,
    protoDir,
    modules: {
      services: module('generated', 'services.ts'),
      database: module('database.ts'),
      messages: module('generated', ...packageName.split('.'), 'v1', `${fileNameOf(model)}.ts`),
    },
    streaming,
    cwd: root,
    execArgv: ['--import', import.meta.resolve('tsx')],
  };
}

function notGenerated({ model, outputDir }: ProjectTargetOptions): UsageError {
  return new UsageError(
    'bench.no_project',
    `there are no generated services in ${outputDir} to read ${model.name} with`,
    {
      nextActions: ['run `npx grpc-stream generate` in your project, or bench the demo without a model'],
    },
  );
}

const callable = <Shape>(what: string) => z.custom<Shape>((value) => typeof value === 'function', `${what} is missing`);

const servicesModule = z.object({
  createServices: callable<(options: StreamServiceOptions<unknown>) => readonly StreamService[]>('createServices'),
});

const databaseModule = z.object({
  createPrisma: callable<() => PrismaLike>('createPrisma'),
  createAdapter: callable<() => SqlReaderFactory>('createAdapter'),
});

/** The part of a Prisma client that the bench uses. */
export interface PrismaLike {
  $disconnect(): Promise<void>;
  $queryRawUnsafe(query: string): Promise<unknown>;
}

/** A message's codec, as ts-proto writes it. */
const codec = z.object({ encode: callable<(message: unknown) => { finish(): Uint8Array }>('encode') });

/** Loads `<output>/generated/services`. */
export function loadServicesModule({ services }: GeneratedModules) {
  return load(services, servicesModule);
}

/** Loads `<output>/database`, which reads DATABASE_URL. */
export function loadDatabaseModule({ database }: GeneratedModules) {
  return load(database, databaseModule);
}

/** Loads the codec of a model's message. */
export async function loadCodec({ messages }: GeneratedModules, model: StreamModel) {
  const message = typeNameOf(namesOf(model).message);
  const found = await load(messages, z.object({ [message]: codec }));
  return codec.parse(found[message]);
}

/** Loads the definition of a model's method that streams rows, with the codec of its request. */
export async function loadRowsMethod({ messages }: GeneratedModules, model: StreamModel): Promise<unknown> {
  const { service, streamRows } = namesOf(model);
  const name = `${service}Definition`;
  const definition = z.object({ methods: z.record(z.string(), z.unknown()) });
  const found = await load(messages, z.object({ [name]: definition }));
  return found[name]?.methods[streamRows.property];
}

async function load<Shape>(url: string, shape: z.ZodType<Shape>): Promise<Shape> {
  try {
    return shape.parse(await import(url));
  } catch (cause) {
    throw new EnvironmentError('bench.no_generated_code', `${url} cannot be loaded: ${reasonOf(cause)}`, {
      cause,
      nextActions: ['run `npx grpc-stream generate`, then the bench again'],
    });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof z.ZodError ? cause.issues.map((issue) => issue.message).join('; ') : messageOf(cause);
}
