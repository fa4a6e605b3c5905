import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { loadConfig as loadConfigFile } from 'c12';
import { z } from 'zod';
import type { GrpcStreamConfig } from '../config/index.js';
import { messageOf, UsageError } from '../errors/index.js';
import { snakeCase } from '../model/index.js';
import type { GeneratorBlock } from '../schema/index.js';
import { type LoadedConfig, loadConfig } from './load-config.js';

/** Where a project is looked for. */
export interface ProjectPlace {
  /** Absolute folder. */
  readonly cwd: string;
  /** Path of the configuration file, when one is named. */
  readonly configFile?: string | undefined;
  /** The schema, where another than the project's own is asked for. */
  readonly schemaPath?: string | undefined;
}

/** Where everything of a user's project is; all paths absolute. */
export interface Project {
  /** The folder that relative paths in the configuration start at. */
  readonly root: string;
  readonly config: GrpcStreamConfig;
  readonly configFile: string | undefined;
  /** A `.prisma` file or a folder of them; it need not exist. */
  readonly schemaPath: string;
  /** Proto package without its version. */
  readonly packageName: string;
  readonly protoDir: string;
  /** Holds `generated/` and the user's own `database.ts`. */
  readonly outputDir: string;
  readonly generatedDir: string;
  /** Names of the other generators of a schema that has one of ours, for Prisma to run without it. */
  readonly otherGenerators?: readonly string[];
}

/**
 * Finds the project of a folder.
 *
 * @throws UsageError when its configuration is wrong.
 */
export async function loadProject({ cwd, configFile, schemaPath: asked }: ProjectPlace): Promise<Project> {
  const { config, root, file } = await loadConfig(cwd, configFile);
  const schemaPath =
    asked ?? resolve(root, config.schema ?? (await schemaOfPrismaConfig(root)) ?? conventionalSchema(root));
  const block = await generatorBlockOf(schemaPath);
  const settings = settlePaths({ config, root, file }, block);
  const outputDir = settings.output ?? resolve(root, 'src/grpc');
  return {
    root,
    config,
    configFile: file,
    schemaPath,
    packageName: settings.package ?? packageNameOf(root),
    protoDir: settings.protoDir ?? resolve(root, 'proto'),
    outputDir,
    generatedDir: join(outputDir, 'generated'),
    ...(block ? { otherGenerators: block.others } : {}),
  };
}

const PRISMA_CONFIGS = ['ts', 'mts', 'js', 'mjs'].map((extension) => `prisma.config.${extension}`);

async function schemaOfPrismaConfig(root: string): Promise<string | undefined> {
  const file = PRISMA_CONFIGS.find((name) => existsSync(join(root, name)));
  if (!file) return undefined;
  try {
    const options = {
      cwd: root,
      configFile: file,
      rcFile: false,
      globalRc: false,
      packageJson: false,
      extend: false,
    } as const;
    const { config } = await loadConfigFile(options);
    return z.object({ schema: z.string().optional() }).parse(config).schema;
  } catch (error) {
    throw new UsageError('config.prisma', `${join(root, file)} cannot be loaded: ${messageOf(error)}`, {
      cause: error,
      nextActions: ['mend it, or name the schema with `schema` in grpc-stream.config.ts'],
    });
  }
}

function conventionalSchema(root: string): string {
  const candidates = ['prisma/schema.prisma', 'schema.prisma', 'prisma/schema'];
  return candidates.find((candidate) => existsSync(join(root, candidate))) ?? 'prisma/schema.prisma';
}

/** The package's own name as a proto package: `@acme/book-shop` → `book_shop`. */
function packageNameOf(root: string): string {
  const name = nameInManifest(join(root, 'package.json')) ?? basename(root);
  const words = snakeCase(name.replace(/^@[^/]*\//, ''));
  return /^[a-z]/.test(words) ? words : `app_${words}`.replace(/_$/, '');
}

function nameInManifest(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return z
      .object({ name: z.string('its name is not a text').optional() })
      .parse(JSON.parse(readFileSync(path, 'utf8'))).name;
  } catch (error) {
    const why = error instanceof z.ZodError ? error.issues[0]?.message : messageOf(error);
    throw new UsageError('config.manifest', `${path} cannot be read: ${why}`, {
      cause: error,
      nextActions: ['mend it, or name the proto package with `package` in grpc-stream.config.ts'],
    });
  }
}

/** What both the configuration and the generator block of the schema may say. */
export interface SettledPaths {
  readonly output?: string | undefined;
  readonly protoDir?: string | undefined;
  readonly package?: string | undefined;
}

/**
 * Takes each setting from where it is, so that `grpc-stream generate` and `prisma generate` write the same files.
 *
 * @throws UsageError when two places say different things: one of the two commands would surprise.
 */
export function settlePaths({ config, root, file }: LoadedConfig, block: GeneratorBlock | undefined): SettledPaths {
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(root, path));
  const configured: SettledPaths = {
    output: absolute(config.output),
    protoDir: absolute(config.protoDir),
    package: config.package,
  };
  if (!block) return configured;
  for (const key of ['output', 'protoDir', 'package'] as const) {
    const [here, there] = [block[key], configured[key]];
    if (here !== undefined && there !== undefined && here !== there) throw conflict({ key, here, there, block, file });
  }
  return {
    output: block.output ?? configured.output,
    protoDir: block.protoDir ?? configured.protoDir,
    package: block.package ?? configured.package,
  };
}

interface Conflict {
  readonly key: string;
  readonly here: string;
  readonly there: string;
  readonly block: GeneratorBlock;
  readonly file: string | undefined;
}

function conflict({ key, here, there, block, file }: Conflict): UsageError {
  const message = `${block.file}:${block.line}: ${key} is ${here}, and ${there} in ${file ?? 'the configuration'}`;
  return new UsageError('config.generator', message, { nextActions: [`leave ${key} out of one of the two`] });
}

/** The generator block of ours in a schema; none in one that does not exist, which is told when it is needed. */
export async function generatorBlockOf(schemaPath: string): Promise<GeneratorBlock | undefined> {
  if (!existsSync(schemaPath)) return undefined;
  const { readGeneratorBlock, readSchemaFiles } = await import('../schema/index.js');
  return readGeneratorBlock(await readSchemaFiles(schemaPath));
}
