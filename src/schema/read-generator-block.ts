import { dirname, resolve } from 'node:path';
import { get_config as getConfig } from '@prisma/prisma-schema-wasm';
import { z } from 'zod';
import { type SourceLocation, UsageError } from '../errors/index.js';
import { configRequest } from './read-schema-config.js';
import { locateBlock, type SchemaFile } from './read-schema-files.js';
import { schemaErrorFrom } from './schema-error-from.js';

/** What `generator grpc { provider = "grpc-stream" }` says. */
export interface GeneratorBlock extends SourceLocation {
  /** Absolute, as Prisma resolves it: from the folder of the schema's file. */
  readonly output?: string | undefined;
  /** Absolute, resolved likewise. */
  readonly protoDir?: string | undefined;
  readonly package?: string | undefined;
  /** Names of the schema's other generators. */
  readonly others: readonly string[];
}

const generator = z.object({
  name: z.string(),
  provider: z.object({ value: z.string().nullable() }),
  output: z.object({ value: z.string().nullable() }).nullable(),
  config: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  sourceFilePath: z.string(),
});
const schemaConfig = z.object({ config: z.object({ generators: z.array(generator) }) });

const SETTINGS = ['package', 'protoDir'] as const;
/** The command itself, or a path to it. */
const PROVIDER = /\bgrpc-stream\b/;

/**
 * Finds the generator block of ours.
 *
 * @returns None when the schema has none: that is found out by its text, without loading Prisma's parser.
 * @throws UsageError when it holds a setting that does not exist, SchemaError when Prisma cannot read the blocks.
 */
export function readGeneratorBlock(files: readonly SchemaFile[]): GeneratorBlock | undefined {
  if (!files.some(({ content }) => PROVIDER.test(content))) return undefined;
  const { generators } = schemaConfig.parse(JSON.parse(blocksOf(files))).config;
  const own = generators.find(({ provider }) => PROVIDER.test(provider.value ?? ''));
  if (!own) return undefined;
  const { file = own.sourceFilePath, line = 1 } =
    locateBlock(new RegExp(`^\\s*generator\\s+${own.name}\\b`), files) ?? {};
  const settings = settingsOf(own, { file, line });
  const fromSchema = (path: string | undefined) => path && resolve(dirname(own.sourceFilePath), path);
  return {
    file,
    line,
    output: fromSchema(own.output?.value ?? undefined),
    protoDir: fromSchema(settings.protoDir),
    package: settings.package,
    others: generators.filter((other) => other !== own).map(({ name }) => name),
  };
}

function blocksOf(files: readonly SchemaFile[]): string {
  try {
    return getConfig(configRequest(files));
  } catch (error) {
    throw schemaErrorFrom(error instanceof Error ? error : new Error(String(error)));
  }
}

function settingsOf(
  { name, config }: z.infer<typeof generator>,
  { file, line }: SourceLocation,
): Partial<Record<(typeof SETTINGS)[number], string>> {
  const wrong = Object.entries(config).filter(
    ([key, value]) => !SETTINGS.some((setting) => setting === key) || typeof value !== 'string',
  );
  if (wrong.length === 0) return config;
  const keys = wrong.map(([key]) => key).join(', ');
  throw new UsageError('config.generator', `${file}:${line}: generator ${name} has no setting ${keys} that is a text`, {
    nextActions: [`it can have output, ${SETTINGS.join(' and ')}; the rest belongs into grpc-stream.config.ts`],
  });
}
