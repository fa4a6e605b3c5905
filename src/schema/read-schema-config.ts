import { dirname, resolve } from 'node:path';
import { get_config as getConfig } from '@prisma/prisma-schema-wasm';
import { z } from 'zod';
import { SchemaError } from '../errors/index.js';
import type { DatabaseProvider } from '../model/index.js';
import { locateBlock, type SchemaFile } from './read-schema-files.js';

/** What the `datasource` and `generator` blocks say. */
export interface SchemaConfig {
  readonly provider: DatabaseProvider;
  /** Absolute folder of the generated Prisma client. */
  readonly clientOutput?: string;
}

const generator = z.object({
  provider: z.object({ value: z.string().nullable() }),
  output: z.object({ value: z.string().nullable() }).nullable(),
  sourceFilePath: z.string(),
});

const schemaConfig = z.object({
  config: z.object({
    generators: z.array(generator),
    datasources: z.array(z.object({ activeProvider: z.string() })),
  }),
});

const providers: readonly DatabaseProvider[] = ['sqlite', 'postgresql', 'mysql', 'cockroachdb', 'sqlserver'];

/** Reads the blocks of a schema that is known to be valid. */
export function readSchemaConfig(files: readonly SchemaFile[]): SchemaConfig {
  const { config } = schemaConfig.parse(JSON.parse(getConfig(configRequest(files))));
  const provider = knownProvider(config.datasources[0]?.activeProvider, files);
  const client = config.generators.find((candidate) => candidate.provider.value === 'prisma-client');
  if (!client?.output?.value) return { provider };
  return { provider, clientOutput: resolve(dirname(client.sourceFilePath), client.output.value) };
}

function knownProvider(name: string | undefined, files: readonly SchemaFile[]): DatabaseProvider {
  if (name === undefined) {
    throw new SchemaError('schema.no_datasource', `${files[0]?.path ?? 'the schema'} has no datasource block`, {
      nextActions: ['add: datasource db { provider = "sqlite" }'],
    });
  }
  const known = providers.find((provider) => provider === name);
  if (known) return known;
  const location = locateBlock(/^\s*datasource\s/, files);
  const message = `the datasource is ${name}, which grpc-stream cannot stream from; it knows ${providers.join(', ')}`;
  throw new SchemaError(
    'schema.provider',
    message,
    location ? { location: { file: location.file, line: location.line } } : {},
  );
}

/** What Prisma's parser takes. */
export function configRequest(files: readonly SchemaFile[]): string {
  return JSON.stringify({
    prismaSchema: files.map(({ path, content }) => [path, content]),
    datasourceOverrides: {},
    ignoreEnvVarErrors: true,
    env: {},
  });
}
