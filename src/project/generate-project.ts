import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { generateFiles, planChanges, planOnce, readGenerated } from '../codegen/index.js';
import { type FileChange, readFileIfAny } from '../disk/index.js';
import { EnvironmentError, SchemaError, UsageError } from '../errors/index.js';
import { camelCase, type SchemaModel, type StreamModel } from '../model/index.js';
import { type ApiChange, describeApiChange, type FieldLock } from '../proto/index.js';
import { loadSchema } from '../schema/index.js';
import { loadProject, type Project, type ProjectPlace } from './load-project.js';
import { assertSameRelease, runtimePackageOf } from './runtime-package.js';
import { secretFields } from './secret-fields.js';
import { readLock } from './streamed-schema.js';

/** What `generate` would do to a project. */
export interface ProjectGeneration {
  readonly project: Project;
  readonly schema: SchemaModel;
  /** Empty when everything is up to date. */
  readonly changes: readonly FileChange[];
  /** What changes for those who use the API already. */
  readonly apiChanges: readonly ApiChange[];
  /** Models that are gone, of which the user's own services file still has hooks. */
  readonly leftovers: readonly string[];
}

/**
 * Generates a project's files in memory and compares them with those on disk.
 *
 * @param place.signal Ends the work: the promise is rejected with its reason.
 */
export async function generateProject(
  place: ProjectPlace & { readonly signal?: AbortSignal | undefined },
): Promise<ProjectGeneration> {
  const project = await loadProject(place);
  assertSameRelease(project.root);
  const whole = await loadSchema(project.schemaPath);
  assertModelsExist(project, whole);
  const { packageName, protoDir, outputDir, generatedDir } = project;
  const lock = await readLock(protoDir);
  const protos = readGenerated(protoDir, { within: protoFolders(packageName, lock) });
  const code = readGenerated(generatedDir, { except: whole.client?.module });
  const runtimePackage = await runtimePackageOf(project.root);
  const options = {
    ...{ schema: whole, packageName, lock, previous: code, runtimePackage, signal: place.signal },
    ...configImport(project),
  };
  const { schema, ...files } = await generateFiles(options);
  if (schema.models.length === 0) throw nothingToStream(project, schema);
  const changes = await Promise.all([
    planChanges(protoDir, files.proto, protos),
    planChanges(generatedDir, files.code, code),
    planOnce(outputDir, files.own),
  ]);
  const leftovers = await findLeftovers(join(outputDir, 'services.ts'), schema, lock);
  return { project, schema, changes: changes.flat(), apiChanges: files.apiChanges, leftovers };
}

/** A package that is renamed leaves its old folder, whose files are to go as well. */
function protoFolders(packageName: string, { package: previous }: FieldLock): string[] {
  return [packageName, previous].filter((name) => name !== '').map((name) => name.replaceAll('.', '/'));
}

/** A typing mistake here would leave a model with settings that nobody asked for. */
function assertModelsExist({ config, configFile }: Project, { models, omitted, skipped }: SchemaModel): void {
  const known = [...new Set([...models, ...omitted, ...skipped].map(({ name }) => name))];
  const unknown = Object.keys(config.models ?? {}).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const message = `${configFile}: models.${unknown.join(', models.')} names no model of the schema`;
  throw new UsageError('config.unknown_model', message, { nextActions: [`name one of: ${known.sort().join(', ')}`] });
}

/** The generated server reads the project's configuration, as `serve` does. */
function configImport({ configFile, generatedDir }: Project): { configImport?: string } {
  if (configFile === undefined || !/\.[mc]?[jt]s$/.test(configFile)) return {};
  const path = relative(generatedDir, configFile)
    .replace(/\\/g, '/')
    .replace(/\.([mc]?)ts$/, '.$1js');
  return { configImport: path.startsWith('.') ? path : `./${path}` };
}

function nothingToStream(project: Project, { skipped }: SchemaModel): SchemaError {
  const [first] = skipped;
  if (!first) return new SchemaError('schema.no_model', `${project.schemaPath} has no model; add one and run again`);
  const message = [
    'no model can be streamed',
    ...skipped.map(({ file, line, reason }) => `      ${file}:${line}: ${reason}`),
  ];
  return new SchemaError('schema.no_key', message.join('\n'), { location: { file: first.file, line: first.line } });
}

/**
 * Models that are gone, and that the user's own services file still has hooks of: it is not ours to change, and TypeScript alone
 * would say so later, in other words.
 *
 * @returns Their properties, such as `book`.
 */
async function findLeftovers(path: string, { models }: SchemaModel, { messages }: FieldLock): Promise<string[]> {
  const text = (await readFileIfAny(path)) ?? '';
  const streamed = new Set(models.map(({ delegate }) => delegate));
  const known = Object.values(messages).map(({ name }) => camelCase(name));
  return known.filter((name) => !streamed.has(name) && new RegExp(`^[^/*\\n]*\\b${name}\\s*:`, 'm').test(text));
}

/** Warnings about a generation and what it changes for those who use the API, a line each. */
export function remarksOf({ project, schema, apiChanges, leftovers }: ProjectGeneration): string[] {
  const services = relative(project.root, join(project.outputDir, 'services.ts'));
  return [
    ...schema.skipped.map(({ file, line, reason }) => `warning ${file}:${line}: ${reason}`),
    ...schema.models.flatMap(secretRemark),
    ...leftovers.map(
      (name) => `warning ${services} is yours, and still has hooks of ${name}, which is gone: take them out`,
    ),
    ...apiChanges.flatMap(describeApiChange),
  ];
}

function secretRemark(model: StreamModel): string[] {
  const names = secretFields(model).map(({ name }) => name);
  if (names.length === 0) return [];
  const [look, them] = names.length === 1 ? ['looks like a secret', 'it'] : ['look like secrets', 'them'];
  return [
    `warning ${model.name}: ${names.join(', ')} ${look}, and every client receives ${them}: leave ${them} out with /// @grpc.omit, or allow ${them} with /// @grpc.allow`,
  ];
}

interface PrismaGenerateOptions {
  /** The generator to run; the others may need commands that are not installed here. Undefined runs all. */
  readonly only: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Runs the project's own `prisma generate`.
 *
 * Prisma fetches its schema engine from a host of its own before every command, though `generate` never runs it;
 * naming any existing executable keeps Prisma from asking that host.
 *
 * @throws EnvironmentError with what Prisma said.
 */
export async function generatePrismaClient(project: Project, { only, signal }: PrismaGenerateOptions): Promise<void> {
  const { root, schemaPath, otherGenerators = [] } = project;
  // Our generator has run already.
  const names = only === undefined ? otherGenerators : [only];
  const chosen = names.flatMap((name) => ['--generator', name]);
  const args = [prismaBinary(root), 'generate', '--schema', schemaPath, '--no-hints', ...chosen];
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, ...process.env, NO_COLOR: '1' };
  try {
    await promisify(execFile)(process.execPath, args, { cwd: root, env, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new EnvironmentError('prisma.generate', `prisma generate failed: ${outputOf(error)}`, {
      cause: error,
      nextActions: ['correct what Prisma names, or pass --no-client and run `npx prisma generate` yourself'],
    });
  }
}

function prismaBinary(root: string): string {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('prisma/package.json');
    const { bin } = z.object({ bin: z.object({ prisma: z.string() }) }).parse(createRequire(manifest)(manifest));
    return join(dirname(manifest), bin.prisma);
  } catch (cause) {
    throw new EnvironmentError('prisma.missing', `the package prisma is not installed in ${root}`, {
      cause,
      nextActions: ['npm install --save-dev prisma && npm install @prisma/client', 'or pass --no-client'],
    });
  }
}

function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stdout = '', stderr = '' } = error as Error & { stdout?: string; stderr?: string };
  const output = stripVTControlCharacters(`${stderr}\n${stdout}`).trim();
  return output === '' ? error.message : output;
}
