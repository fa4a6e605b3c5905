import { dirname, join, resolve } from 'node:path';
import { SchemaError, type SourceLocation, UsageError } from '../errors/index.js';
import type { DatabaseProvider, PrismaClientSource } from '../model/index.js';
import { type ParsedGenerator, readBlocks } from './prisma-parser.js';
import { blocksIn, type SchemaFile } from './schema-files.js';

/** The settings of the `datasource` and `generator` blocks that a stream depends on. */
interface SchemaConfig {
  readonly provider: DatabaseProvider;
  readonly client?: PrismaClientSource;
}

const PROVIDERS: readonly DatabaseProvider[] = ['sqlite', 'postgresql', 'mysql', 'cockroachdb', 'sqlserver'];

/** @throws SchemaError when there is no datasource, or one of a database that cannot be streamed from. */
export function readSchemaConfig(files: readonly SchemaFile[]): SchemaConfig {
  const { datasources, generators } = readBlocks(files.map(withoutModels));
  const provider = knownProvider(datasources[0]?.activeProvider, files);
  const [client] = generators.flatMap((generator) => {
    const module = clientModuleOf(generator);
    return module === undefined ? [] : [{ generator: generator.name, module }];
  });
  return client === undefined ? { provider } : { provider, client };
}

/** A block of settings, whose lines hold a setting each. */
const SETTINGS_BLOCK = /^[ \t]*(?:datasource|generator)[ \t]+\w+[ \t]*\{[^}\n]*\n[\s\S]*?^[ \t]*\}/gm;

/** The blocks of settings alone, where they are all easy to tell: Prisma's parser would read every model again, which takes as long as the first time. */
function withoutModels({ path, content }: SchemaFile): SchemaFile {
  const blocks = content.match(SETTINGS_BLOCK) ?? [];
  const count = blocksIn([{ path, content }]).filter(
    ({ kind }) => kind === 'datasource' || kind === 'generator',
  ).length;
  const isEasy = blocks.length === count && !content.includes('/*');
  return { path, content: isEasy ? `${blocks.join('\n')}\n` : content };
}

/** The generator of older releases of Prisma writes into `@prisma/client`, unless it is told where. */
function clientModuleOf(generator: ParsedGenerator): string | undefined {
  const output = outputOf(generator);
  switch (generator.provider.value) {
    case 'prisma-client':
      return output && join(output, `client.${importExtension(generator)}`);
    case 'prisma-client-js':
      return output === undefined ? '@prisma/client' : join(output, 'index.js');
    default:
      return undefined;
  }
}

function importExtension({ config }: ParsedGenerator): string {
  switch (config.generatedFileExtension) {
    case 'mts':
      return 'mjs';
    case 'cts':
      return 'cjs';
    default:
      return 'js';
  }
}

function knownProvider(name: string | undefined, files: readonly SchemaFile[]): DatabaseProvider {
  if (name === undefined) {
    throw new SchemaError('schema.no_datasource', `${files[0]?.path ?? 'the schema'} has no datasource block`, {
      nextActions: ['add: datasource db { provider = "sqlite" }'],
    });
  }
  const known = PROVIDERS.find((provider) => provider === name);
  if (known) return known;
  const location = blocksIn(files).find(({ kind }) => kind === 'datasource');
  throw new SchemaError(
    'schema.provider',
    `the datasource is ${name}, which grpc-stream cannot stream from; it supports ${PROVIDERS.join(', ')}`,
    location ? { location: { file: location.file, line: location.line } } : {},
  );
}

/** The settings of the block `generator grpc { provider = "grpc-stream" }`. */
export interface GeneratorBlock extends SourceLocation {
  /** Absolute, as Prisma resolves it: from the folder of the schema's file. */
  readonly output?: string | undefined;
  /** Absolute, resolved likewise. */
  readonly protoDir?: string | undefined;
  readonly package?: string | undefined;
  /** Names of the schema's other generators. */
  readonly others: readonly string[];
}

const SETTINGS = ['package', 'protoDir'] as const;
/** The command itself, or a path to it. */
const PROVIDER = /\bgrpc-stream\b/;

/**
 * Reads the generator block of this package.
 *
 * @returns Undefined when the schema has none. A schema that does not mention the provider is not even parsed.
 * @throws UsageError when the block has a setting that does not exist, SchemaError when the schema is invalid.
 */
export function readGeneratorBlock(files: readonly SchemaFile[]): GeneratorBlock | undefined {
  if (!files.some(({ content }) => PROVIDER.test(content))) return undefined;
  const { generators } = readBlocks(files);
  const own = generators.find(({ provider }) => PROVIDER.test(provider.value ?? ''));
  if (!own) return undefined;
  const { file = own.sourceFilePath, line = 1 } =
    blocksIn(files).find(({ kind, name }) => kind === 'generator' && name === own.name) ?? {};
  const { package: packageName, protoDir } = settingsOf(own, { file, line });
  return {
    file,
    line,
    output: outputOf(own),
    protoDir: protoDir && fromSchema(own, protoDir),
    package: packageName,
    others: generators.filter((other) => other !== own).map(({ name }) => name),
  };
}

function outputOf(generator: ParsedGenerator): string | undefined {
  const path = generator.output?.value;
  return path ? fromSchema(generator, path) : undefined;
}

function fromSchema({ sourceFilePath }: ParsedGenerator, path: string): string {
  return resolve(dirname(sourceFilePath), path);
}

function settingsOf(
  { name, config }: ParsedGenerator,
  { file, line }: SourceLocation,
): Partial<Record<(typeof SETTINGS)[number], string>> {
  const wrong = Object.entries(config).filter(
    ([key, value]) => !SETTINGS.some((setting) => setting === key) || typeof value !== 'string',
  );
  if (wrong.length === 0) return config;
  const keys = wrong.map(([key]) => key).join(', ');
  const problem = `generator ${name} has settings that are unknown, or whose value is no text: ${keys}`;
  throw new UsageError('config.generator', `${file}:${line}: ${problem}`, {
    nextActions: [`it can have output, ${SETTINGS.join(' and ')}; other settings belong in grpc-stream.config.ts`],
  });
}
