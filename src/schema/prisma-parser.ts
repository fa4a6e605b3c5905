import { createRequire } from 'node:module';
import { stripVTControlCharacters } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import type * as SchemaParser from '@prisma/prisma-schema-wasm';
import { z } from 'zod';
import { EnvironmentError, SchemaError, type SourceLocation } from '../errors/index.js';
import type { SchemaFile } from './schema-files.js';

// Prisma's schema parser as wasm, which is no public interface of Prisma's. Its version is pinned, only this file calls it, and every
// answer is checked against the shapes below.

/** V8 prints a complaint about a flag that it does not know. */
const LAST_KNOWN_NODE = 24;

const parser = loadParser();

/**
 * Loads the parser without the optimising compiler of V8, which takes four times as long as the parser itself, for speed that pays after many
 * calls only. Other WebAssembly, such as that of Prisma's client, is compiled as ever. The load is by `require`, which takes half the time of
 * an import.
 */
function loadParser(): typeof SchemaParser {
  const isKnown = Number(process.versions.node.split('.', 1)) <= LAST_KNOWN_NODE;
  if (isKnown) setFlagsFromString('--liftoff-only');
  try {
    return createRequire(import.meta.url)('@prisma/prisma-schema-wasm');
  } finally {
    if (isKnown) setFlagsFromString('--no-liftoff-only');
  }
}

const comment = z.string().optional();

const dmmfField = z.object({
  name: z.string(),
  dbName: z.string().nullish(),
  kind: z.enum(['scalar', 'object', 'enum', 'unsupported']),
  type: z.string(),
  isList: z.boolean(),
  isRequired: z.boolean(),
  isId: z.boolean(),
  isUnique: z.boolean(),
  isUpdatedAt: z.boolean().optional(),
  hasDefaultValue: z.boolean(),
  default: z.unknown().optional(),
  nativeType: z.tuple([z.string(), z.array(z.string())]).nullish(),
  relationFromFields: z.array(z.string()).optional(),
  relationToFields: z.array(z.string()).optional(),
  documentation: comment,
});

const dmmfModel = z.object({
  name: z.string(),
  dbName: z.string().nullable(),
  schema: z.string().nullish(),
  fields: z.array(dmmfField),
  primaryKey: z.object({ fields: z.array(z.string()) }).nullable(),
  uniqueFields: z.array(z.array(z.string())),
  documentation: comment,
});

const dmmfEnum = z.object({
  name: z.string(),
  dbName: z.string().nullish(),
  values: z.array(z.object({ name: z.string(), dbName: z.string().nullish(), documentation: comment })),
  documentation: comment,
});

const dmmfIndex = z.object({
  model: z.string(),
  type: z.enum(['id', 'normal', 'unique', 'fulltext']),
  algorithm: z.string().nullish(),
  fields: z.array(
    z.object({
      name: z.string(),
      sortOrder: z.enum(['asc', 'desc']).nullish(),
      length: z.number().nullish(),
      operatorClass: z.string().nullish(),
    }),
  ),
});

const datamodel = z.object({
  models: z.array(dmmfModel),
  enums: z.array(dmmfEnum),
  indexes: z.array(dmmfIndex),
});

/** Prisma's description of a schema's models and enums (DMMF). */
export type Datamodel = z.infer<typeof datamodel>;
export type DmmfModel = z.infer<typeof dmmfModel>;
export type DmmfField = z.infer<typeof dmmfField>;
export type DmmfEnum = z.infer<typeof dmmfEnum>;

/**
 * Reads the models and enums of a schema.
 *
 * @throws SchemaError that lists every problem, each with its file and line.
 */
export function readDatamodel(files: readonly SchemaFile[]): Datamodel {
  return ask(parser.get_datamodel, { prismaSchema: pairsOf(files) }, datamodel);
}

const setting = z.object({ value: z.string().nullable() });

const generatorBlock = z.object({
  name: z.string(),
  provider: setting,
  output: setting.nullable(),
  config: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  sourceFilePath: z.string(),
});

const schemaBlocks = z.object({
  config: z.object({
    generators: z.array(generatorBlock),
    datasources: z.array(z.object({ activeProvider: z.string() })),
  }),
});

export type ParsedGenerator = z.infer<typeof generatorBlock>;

/**
 * Reads the `datasource` and `generator` blocks of a schema.
 *
 * @throws SchemaError when the schema is invalid.
 */
export function readBlocks(files: readonly SchemaFile[]): z.infer<typeof schemaBlocks>['config'] {
  const request = { prismaSchema: pairsOf(files), datasourceOverrides: {}, ignoreEnvVarErrors: true, env: {} };
  return ask(parser.get_config, request, schemaBlocks).config;
}

function pairsOf(files: readonly SchemaFile[]): [path: string, content: string][] {
  return files.map(({ path, content }) => [path, content]);
}

function ask<T>(parse: (request: string) => string, request: object, shape: z.ZodType<T>): T {
  const answer = shape.safeParse(JSON.parse(answerOf(parse, request)));
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  const problem = `${issue?.path.join('.')}: ${issue?.message}`;
  throw new EnvironmentError('schema.parser', `Prisma's schema parser answered in an unknown form (${problem})`, {
    nextActions: ['install the version of @prisma/prisma-schema-wasm that the package.json of grpc-stream names'],
  });
}

function answerOf(parse: (request: string) => string, request: object): string {
  try {
    return parse(JSON.stringify(request));
  } catch (error) {
    throw schemaErrorFrom(error instanceof Error ? error : new Error(String(error)));
  }
}

interface Problem {
  readonly message: string;
  readonly location: SourceLocation | undefined;
}

/** Turns Prisma's report, which is written for a terminal, into one error with a line per problem, sorted by file and line. */
function schemaErrorFrom(error: Error): SchemaError {
  const report = reportOf(error);
  const [first, ...rest] = problemsIn(report).sort(byPlace);
  const message = [
    first?.message ?? report,
    ...rest.map(({ message, location }) => `      ${location ? `${location.file}:${location.line}: ` : ''}${message}`),
  ].join('\n');
  const isOld = /no longer supported in schema files|preview feature "\w+" is not known/.test(message);
  return new SchemaError('schema.invalid', message, {
    cause: error,
    ...(isOld
      ? { nextActions: ['see what Prisma wants instead: `npx grpc-stream init --update-schema --dry-run`'] }
      : {}),
    ...(first?.location ? { location: first.location } : {}),
  });
}

/** The wasm build throws JSON text: `{"error_code":"P1012","message":"…"}`. */
function reportOf(error: Error): string {
  try {
    const { message }: { message?: unknown } = JSON.parse(error.message);
    if (typeof message === 'string') return stripVTControlCharacters(message);
  } catch {
    // Not JSON: the message is the report.
  }
  return stripVTControlCharacters(error.message);
}

function problemsIn(report: string): Problem[] {
  return report
    .split(/^error: /m)
    .slice(1)
    .map((block) => {
      const place = block.match(/^\s*-->\s+(.+):(\d+)\s*$/m);
      const location = place?.[1] ? { file: place[1], line: Number(place[2]) } : undefined;
      const text = place ? block.slice(0, place.index) : block;
      return { message: shortened(text.trim().replaceAll(/\s*\n\s*/g, ' ')), location };
    });
}

/** `Error validating model "Event": Each model must …` → `model "Event" has no unique, …`. */
function shortened(text: string): string {
  const keyless = text.match(/^Error validating model "(\w+)": Each model must have at least one unique criteria/);
  if (keyless?.[1]) return noKeyReason('model', keyless[1]);
  return text
    .replace(/^Error (?:validating|parsing)(?: (?:field|attribute) .*?)?: /, '')
    .replace(/^Error (?:validating|parsing) (?=model|enum|datasource|generator)/, '');
}

/** The reason for a model without a usable unique constraint. Prisma's parser finds some of them, and `chooseKey` the others. A view has no `@id`. */
export function noKeyReason(kind: 'model' | 'view', name: string): string {
  const remedy = kind === 'view' ? '@unique or @@unique' : '@id or @@unique';
  return `${kind} "${name}" has no unique, non-null key to stream by; add ${remedy}`;
}

function byPlace({ location: a }: Problem, { location: b }: Problem): number {
  if (!a || !b) return Number(a === undefined) - Number(b === undefined);
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
