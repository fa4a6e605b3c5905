import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { configSchema } from '../config/config.js';
import { type GrpcStreamConfig, showValue } from '../config/index.js';
import { readFileIfAny } from '../disk/index.js';
import { messageOf, UsageError } from '../errors/index.js';
import { snakeCase } from '../model/index.js';
import type { GeneratorBlock } from '../schema/index.js';

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
  const paths = outputPaths({ config, root, file }, block);
  const outputDir = paths.output ?? resolve(root, 'src/grpc');
  return {
    root,
    config,
    configFile: file,
    schemaPath,
    packageName: paths.package ?? (await packageNameOf(root)),
    protoDir: paths.protoDir ?? resolve(root, 'proto'),
    outputDir,
    generatedDir: join(outputDir, 'generated'),
    ...(block ? { otherGenerators: block.others } : {}),
  };
}

/** A configuration and the folder that its relative paths start at. */
interface LoadedConfig {
  readonly config: GrpcStreamConfig;
  readonly root: string;
  /** The file it came from; none when the project has no configuration file. */
  readonly file: string | undefined;
}

const CONFIG_NAME = 'grpc-stream.config';

/**
 * Where the configuration is when it is not in the project's folder: beside the code, where TypeScript's `rootDir` is `src` or would become
 * it, as the generated server imports the configuration.
 */
const SOURCE_FOLDER = 'src';

/**
 * Reads `grpc-stream.config.ts` (or .js, .mjs, .json …) from `cwd` or its `src`, and `.env` into the environment.
 *
 * @throws UsageError when the file cannot be read, or holds a wrong key or value.
 */
export async function loadConfig(cwd: string, configFile?: string): Promise<LoadedConfig> {
  const file = configFile === undefined ? undefined : resolve(cwd, configFile);
  if (file !== undefined && !existsSync(file)) {
    throw new UsageError('config.missing', `the configuration file ${file} does not exist`);
  }
  const root = file === undefined ? cwd : rootOf(file);
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError('config.no_folder', `the folder ${root} does not exist`, {
      nextActions: ['name another with --cwd'],
    });
  }
  if (file === undefined && !mayHaveConfig(root)) return { config: {}, root, file };
  const loaded = await readConfigFile(root, file === undefined ? findConfig(root) : relative(root, file));
  return { config: validate(loaded.config ?? {}, loaded.file), root, file: loaded.file };
}

/** The project's folder: that of the configuration, or the one above its `src`. */
function rootOf(file: string): string {
  const folder = dirname(file);
  const isBesideCode = basename(folder) === SOURCE_FOLDER && existsSync(join(dirname(folder), 'package.json'));
  return isBesideCode ? dirname(folder) : folder;
}

/** Whether there is anything that could be a configuration or set a variable: a project without any need not load what reads them. */
function mayHaveConfig(root: string): boolean {
  const isOne = (name: string) => name.startsWith(CONFIG_NAME) || name === '.config' || name === '.env';
  return [root, join(root, SOURCE_FOLDER)].some((folder) => namesIn(folder).some(isOne));
}

/** The configuration of a project from its folder, without the extension. */
function findConfig(root: string): string {
  const folders = ['.', SOURCE_FOLDER].filter((folder) => configIn(join(root, folder)) !== undefined);
  return join(folders[0] ?? '.', CONFIG_NAME);
}

/** Whether a configuration of ours says that a folder is a project's. */
export function hasConfig(folder: string): boolean {
  const own = configIn(folder);
  return own === undefined ? configIn(join(folder, SOURCE_FOLDER)) !== undefined : rootOf(join(folder, own)) === folder;
}

function configIn(folder: string): string | undefined {
  return namesIn(folder).find((name) => name.startsWith(`${CONFIG_NAME}.`));
}

function namesIn(folder: string): string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}

/** No other place may add to a configuration file. */
const FILE_ONLY = { rcFile: false, globalRc: false, packageJson: false, extend: false } as const;

async function readConfigFile(
  root: string,
  configFile: string,
): Promise<{ config: unknown; file: string | undefined }> {
  try {
    const { loadConfig: loadConfigFile } = await loader();
    const { config, _configFile } = await loadConfigFile({ ...FILE_ONLY, cwd: root, configFile, dotenv: true });
    return { config, file: _configFile };
  } catch (error) {
    const why = messageOf(error).replaceAll(/\s+/g, ' ').trim();
    throw new UsageError('config.unreadable', `${pathOf(root, configFile)} cannot be loaded: ${why}`, { cause: error });
  }
}

/** It takes as long to load as most of what `generate` needs beside it. */
function loader(): Promise<typeof import('c12')> {
  return import('c12');
}

/** The path of the file, with the extension that it was found with. */
function pathOf(root: string, configFile: string): string {
  const folder = dirname(join(root, configFile));
  return join(folder, (basename(configFile) === CONFIG_NAME ? configIn(folder) : undefined) ?? basename(configFile));
}

function validate(config: unknown, file = CONFIG_NAME): GrpcStreamConfig {
  if (isConfig(config)) return config;
  const problems = configSchema.safeParse(config).error?.issues.map((issue) => {
    const key = issue.path.join('.');
    if (issue.code === 'unrecognized_keys')
      return `${[key, issue.keys.join(', ')].filter(Boolean).join('.')} is not a setting`;
    return `${key} is ${showValue(valueAt(config, issue.path))}; it must be ${issue.message}`;
  });
  throw new UsageError('config.invalid', `${file}: ${problems?.join('\n      ')}`);
}

function isConfig(value: unknown): value is GrpcStreamConfig {
  return configSchema.safeParse(value).success;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner instanceof Object ? Reflect.get(inner, key) : undefined), value);
}

/** Every file that Prisma takes its configuration from, relative to the project. */
export const prismaConfigFiles = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].flatMap((extension) => [
  `prisma.config.${extension}`,
  `.config/prisma.${extension}`,
]);

async function schemaOfPrismaConfig(root: string): Promise<string | undefined> {
  const file = prismaConfigFiles.find((name) => existsSync(join(root, name)));
  if (!file) return undefined;
  try {
    const { loadConfig: loadConfigFile } = await loader();
    const { config } = await loadConfigFile({ ...FILE_ONLY, cwd: root, configFile: file });
    const { schema } = z.object({ schema: z.string().optional() }).parse(config);
    return schema === undefined ? undefined : resolve(root, dirname(file), schema);
  } catch (error) {
    throw new UsageError('config.prisma', `${join(root, file)} cannot be loaded: ${messageOf(error)}`, {
      cause: error,
      nextActions: ['correct it, or name the schema with `schema` in grpc-stream.config.ts'],
    });
  }
}

function conventionalSchema(root: string): string {
  const candidates = ['prisma/schema.prisma', 'schema.prisma', 'prisma/schema'];
  return candidates.find((candidate) => existsSync(join(root, candidate))) ?? 'prisma/schema.prisma';
}

/** The package's own name as a proto package: `@acme/book-shop` → `book_shop`. */
async function packageNameOf(root: string): Promise<string> {
  const name = (await nameInManifest(join(root, 'package.json'))) ?? basename(root);
  const words = snakeCase(name.replace(/^@[^/]*\//, ''));
  return /^[a-z]/.test(words) ? words : `app_${words}`.replace(/_$/, '');
}

const namedManifest = z.object({ name: z.string('its name is not a string').optional() });

async function nameInManifest(path: string): Promise<string | undefined> {
  const text = await readFileIfAny(path);
  if (text === undefined) return undefined;
  try {
    return namedManifest.parse(JSON.parse(text)).name;
  } catch (error) {
    const why = error instanceof z.ZodError ? error.issues[0]?.message : messageOf(error);
    throw new UsageError('config.manifest', `${path} cannot be read: ${why}`, {
      cause: error,
      nextActions: ['correct it, or name the proto package with `package` in grpc-stream.config.ts'],
    });
  }
}

/** What both the configuration and the generator block of the schema may set. */
interface OutputPaths {
  readonly output?: string | undefined;
  readonly protoDir?: string | undefined;
  readonly package?: string | undefined;
}

/**
 * Takes each setting from where it is, so that `grpc-stream generate` and `prisma generate` write the same files.
 *
 * @throws UsageError when two places say different things: one of the two commands would surprise.
 */
function outputPaths({ config, root, file }: LoadedConfig, block: GeneratorBlock | undefined): OutputPaths {
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(root, path));
  const configured: OutputPaths = {
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

/** The generator block of ours in a schema; none in a schema that does not exist, which is an error only where it is needed. */
async function generatorBlockOf(schemaPath: string): Promise<GeneratorBlock | undefined> {
  if (!existsSync(schemaPath)) return undefined;
  const { readGeneratorBlock, readSchemaFiles } = await import('../schema/index.js');
  return readGeneratorBlock(await readSchemaFiles(schemaPath));
}
