import { readdir, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { assertNever, InternalError, UsageError } from '../errors/index.js';
import type { DatabaseProvider, PrismaClientSource } from '../model/index.js';
import type { OwnPackage } from '../project/own-package.js';
import { type Manifest, mergeManifests, parseManifest, pinVersions } from './manifest.js';

/** The databases that there is a template for. */
export const scaffoldProviders = ['sqlite', 'postgresql', 'mysql'] as const;
export type ScaffoldProvider = (typeof scaffoldProviders)[number];

/** A template, ready to be compared with a folder. */
interface Template {
  /** Every file but `package.json`: its path in the project, and its text. */
  readonly files: ReadonlyMap<string, string>;
  readonly manifest: Manifest;
}

/** Each layer adds files to those before it, or replaces them. `networked` is for databases that several servers can share. */
const LAYERS: Readonly<Record<ScaffoldProvider, readonly string[]>> = {
  sqlite: ['base', 'sqlite'],
  postgresql: ['base', 'networked', 'postgresql'],
  mysql: ['base', 'networked', 'mysql'],
};

/** Reads the layers of `templates/` that make a project for the provider. */
export async function readTemplate(own: OwnPackage, provider: ScaffoldProvider): Promise<Template> {
  const layers = await Promise.all(LAYERS[provider].map((name) => readLayer(resolve(own.root, 'templates', name))));
  const files = new Map(layers.flatMap((layer) => [...layer.files]));
  const manifest = layers.map((layer) => layer.manifest).reduce(mergeManifests);
  const example = files.get('.env.example');
  // The first `.env` is the example itself, so that the project runs at once; it is never committed.
  if (example !== undefined) files.set('.env', example);
  return { files, manifest: pinVersions(manifest, own) };
}

async function readLayer(folder: string): Promise<Template> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.sort().map(async (path) => [path, await readFile(path, 'utf8')] as const));
  const files = new Map(texts.map(([path, text]) => [projectPath(relative(folder, path)), text]));
  const manifest = parseManifest(files.get('package.json') ?? '{}', join(folder, 'package.json'));
  files.delete('package.json');
  return { files, manifest };
}

/** npm leaves files such as `.gitignore` out of packages, so a template's name begins with `_` instead of the dot. */
function projectPath(path: string): string {
  return path
    .split(sep)
    .map((part) => part.replace(/^_/, '.'))
    .join('/');
}

/**
 * The template for a schema's database.
 *
 * @throws UsageError when there is none, or when another one was asked for.
 */
export function templateFor(found: DatabaseProvider, asked: ScaffoldProvider | undefined): ScaffoldProvider {
  const template = templateOf(found);
  if (asked === undefined || asked === template) return template;
  throw new UsageError('init.other_provider', `the Prisma schema is for ${found}, and --provider says ${asked}`, {
    nextActions: ['leave --provider out, or change the datasource in the schema'],
  });
}

function templateOf(provider: DatabaseProvider): ScaffoldProvider {
  switch (provider) {
    case 'sqlite':
    case 'postgresql':
    case 'mysql':
      return provider;
    case 'cockroachdb': // speaks PostgreSQL's protocol, through the same driver adapter
      return 'postgresql';
    case 'sqlserver':
      throw new UsageError(
        'init.unsupported_provider',
        'the Prisma schema is for sqlserver, which cannot be streamed yet',
        {
          nextActions: ['use sqlite, postgresql, mysql or cockroachdb'],
        },
      );
    default:
      return assertNever(provider);
  }
}

/** Where an existing project keeps its schema and its client. */
interface ProjectLayout {
  readonly folder: string;
  /** The Prisma schema, relative to the folder. */
  readonly schemaPath: string;
  readonly client: PrismaClientSource | undefined;
}

const SCHEMA_PATH = `'prisma/schema.prisma'`;
const CLIENT_IMPORT = `'../generated/prisma/client.js'`;

/** The one path that each of these files names, as the template spells it. */
const PATHS_IN_FILES: Readonly<Record<string, string>> = {
  'grpc-stream.config.ts': SCHEMA_PATH,
  'prisma.config.ts': SCHEMA_PATH,
  'src/grpc/database.ts': CLIENT_IMPORT,
};

/** A template's file for a project of another layout: the same text, with its one path replaced. */
export function fitTemplate(path: string, content: string, layout: ProjectLayout): string {
  const literal = PATHS_IN_FILES[path];
  if (literal === undefined) return content;
  if (!content.includes(literal)) throw new InternalError(`the template of ${path} does not name ${literal}`);
  return content.replace(
    literal,
    () => `'${literal === SCHEMA_PATH ? posix(layout.schemaPath) : importFrom(path, layout)}'`,
  );
}

function importFrom(path: string, { folder, client }: ProjectLayout): string {
  if (client === undefined) return CLIENT_IMPORT.slice(1, -1);
  if (!isAbsolute(client.module)) return client.module;
  const specifier = posix(relative(dirname(resolve(folder, path)), client.module));
  return specifier.startsWith('.') ? specifier : `./${specifier}`;
}

/** A path with `/`, as files name it on every system. */
export function posix(path: string): string {
  return path.split(sep).join('/');
}
