import { relative } from 'node:path';
import { satisfies } from 'semver';
import { RUNTIME_PACKAGE } from '../../codegen/index.js';
import { resolveServer, resolveStreaming, type StreamingSettings } from '../../config/index.js';
import { GrpcStreamError, messageOf } from '../../errors/index.js';
import type { DatabaseProvider, SchemaModel, StreamModel } from '../../model/index.js';
import { generateProject } from '../../project/generate-project.js';
import type { Project, ProjectPlace } from '../../project/load-project.js';
import { rangeOf, readOwnPackage } from '../../project/own-package.js';
import { installedVersion } from '../../project/runtime-package.js';
import { secretFields } from '../../project/secret-fields.js';
import { unindexedText } from '../../project/unindexed-fields.js';
import { placeOf } from '../exit.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Checks Node, and the packages that a project needs at run time. */
export function checkEnvironment(root: string, provider: DatabaseProvider | undefined): Finding[] {
  const own = readOwnPackage();
  return [
    checkNode(process.versions.node, own.nodeRange),
    checkPackage(root, 'prisma', rangeOf('prisma', own)),
    checkPackage(root, '@prisma/client', rangeOf('@prisma/client', own)),
    ...(provider ? [checkAdapter(root, provider)] : []),
    ...(installedVersion(root, RUNTIME_PACKAGE) ? [checkPackage(root, RUNTIME_PACKAGE, own.version)] : []),
  ];
}

function checkNode(version: string, range: string): Finding {
  if (satisfies(version, range)) return ok('node', version);
  return problem('node', `${version} is not supported`, `install a release of Node ${range}`);
}

const ADAPTERS: Readonly<Record<DatabaseProvider, readonly string[]>> = {
  sqlite: ['@prisma/adapter-better-sqlite3', '@prisma/adapter-libsql'],
  postgresql: ['@prisma/adapter-pg', '@prisma/adapter-neon', '@prisma/adapter-ppg'],
  cockroachdb: ['@prisma/adapter-pg'],
  mysql: ['@prisma/adapter-mariadb', '@prisma/adapter-planetscale'],
  sqlserver: ['@prisma/adapter-mssql'],
};

function checkAdapter(root: string, provider: DatabaseProvider): Finding {
  const [usual = '', ...others] = ADAPTERS[provider];
  for (const name of [usual, ...others]) {
    const version = installedVersion(root, name);
    if (version) return ok('driver adapter', `${name} ${version} for ${provider}`);
  }
  return problem('driver adapter', `none is installed for ${provider}`, `npm install ${usual}`);
}

function checkPackage(root: string, name: string, range: string): Finding {
  const version = installedVersion(root, name);
  const flag = name === 'prisma' ? '--save-dev ' : '';
  if (!version) return problem(name, 'is not installed', `npm install ${flag}${name}`);
  if (satisfies(version, range, { includePrerelease: true })) return ok(name, version);
  return warning(name, `${version}; grpc-stream needs ${range}`, `npm install ${flag}${name}@${range}`);
}

/** Checks that the settings are valid, and fit each other. */
export function checkSettings({ config, configFile }: Project): Finding[] {
  const file = configFile ?? 'defaults (no grpc-stream.config.ts)';
  try {
    const sources = { env: process.env, config };
    const models = Object.keys(config.models ?? {});
    const ofAll = resolveStreaming(sources);
    const settings = [ofAll, ...models.map((model) => resolveStreaming(sources, model))];
    resolveServer(sources);
    const tooLong = settings.find(
      ({ chunkSize, cancellationCheckInterval }) => chunkSize !== 'auto' && cancellationCheckInterval > chunkSize,
    );
    const { chunkSize, cancellationCheckInterval, yieldTimeout } = ofAll;
    return [
      ok(
        'settings',
        `${file}: chunk ${chunkSize}, check interval ${cancellationCheckInterval}, yield timeout ${yieldTimeout} s`,
      ),
      ...(tooLong ? [intervalBeyondChunk(tooLong)] : []),
    ];
  } catch (error) {
    return [problem('settings', messageOf(error), 'correct it there')];
  }
}

function intervalBeyondChunk({ chunkSize, cancellationCheckInterval }: StreamingSettings): Finding {
  return warning(
    'settings',
    `a check interval of ${cancellationCheckInterval} is longer than a chunk of ${chunkSize}: cancellation is checked once a chunk`,
    'lower streaming.cancellationCheckInterval',
  );
}

/** The schema as it is now, and whether the generated files fit it. */
interface GeneratedCheck {
  readonly schema: SchemaModel | undefined;
  readonly findings: readonly Finding[];
}

export async function checkGenerated(place: ProjectPlace): Promise<GeneratedCheck> {
  try {
    const { project, schema, changes } = await generateProject(place);
    if (changes.length === 0) return { schema, findings: [ok('generated files', 'up to date')] };
    const names = changes.slice(0, 3).map(({ path }) => relative(project.root, path));
    const more = changes.length > 3 ? ` and ${changes.length - 3} more` : '';
    return {
      schema,
      findings: [warning('generated files', `stale: ${names.join(', ')}${more}`, 'npx grpc-stream generate')],
    };
  } catch (error) {
    const [action = 'correct the schema'] = error instanceof GrpcStreamError ? error.nextActions : [];
    return { schema: undefined, findings: [problem('schema', placeOf(error) + messageOf(error), action)] };
  }
}

/** Which models can stream, by which key, which of their filters no index serves, and which of their fields look like secrets. */
export function checkSchema({ models, skipped, provider }: SchemaModel): Finding[] {
  return [
    ...models.map((model) => ok(`model ${model.name}`, `streams ${model.table} by ${keyText(model)}`)),
    ...models.flatMap((model) => checkFilters(model, provider)),
    ...models.flatMap(checkSecrets),
    ...skipped.map(({ name, reason, file, line }) =>
      warning(
        `model ${name}`,
        `${file}:${line}: ${reason}`,
        'correct it, or leave it out of the API with /// @grpc.omit',
      ),
    ),
  ];
}

/** A key comes from a constraint, and every constraint that makes rows unique has an index. */
function keyText({ key }: StreamModel): string {
  return `${key.fields.join(', ')} (${key.source === 'id' ? 'primary key' : 'unique'}, indexed)`;
}

/** The settings say whether such a filter is allowed. */
function checkFilters(model: StreamModel, provider: DatabaseProvider): Finding[] {
  const text = unindexedText(model, provider);
  return text === undefined ? [] : [ok(`model ${model.name}`, text)];
}

function checkSecrets(model: StreamModel): Finding[] {
  return secretFields(model).map((field) =>
    warning(
      `model ${model.name}`,
      `${field.name} looks like a secret, and every client of the stream receives it`,
      'leave it out with /// @grpc.omit, or allow it with /// @grpc.allow',
    ),
  );
}
