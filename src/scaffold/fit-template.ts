import { dirname, relative, resolve, sep } from 'node:path';
import { InternalError } from '../errors/index.js';

/** Where an existing project keeps what the template expects in places of its own. */
export interface ProjectLayout {
  readonly folder: string;
  /** The Prisma schema, relative to the folder. */
  readonly schemaPath: string;
  /** The generated Prisma client, absolute, when the schema says where. */
  readonly clientOutput: string | undefined;
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

function importFrom(path: string, { folder, clientOutput }: ProjectLayout): string {
  if (clientOutput === undefined) return CLIENT_IMPORT.slice(1, -1);
  const specifier = posix(relative(dirname(resolve(folder, path)), resolve(clientOutput, 'client.js')));
  return specifier.startsWith('.') ? specifier : `./${specifier}`;
}

function posix(path: string): string {
  return path.split(sep).join('/');
}
