import { access, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { readFileIfAny } from '../disk/index.js';
import { prismaConfigFiles } from '../project/load-project.js';

/** An existing Prisma schema. */
export interface FoundSchema {
  /** A file or a folder, relative to the project. */
  readonly path: string;
  /** The file that names it; undefined when it is where Prisma looks by default. */
  readonly namedBy?: string;
}

const DEFAULT_PATHS = ['prisma/schema.prisma', 'schema.prisma', 'prisma/schema', 'prisma'];

/** Finds a project's Prisma schema the way Prisma does: its configuration first, then the usual places. */
export async function findSchema(folder: string): Promise<FoundSchema | undefined> {
  const named = (await namedByConfig(folder)) ?? (await namedByManifest(folder));
  if (named && (await holdsSchema(resolve(folder, named.path)))) return named;
  for (const path of DEFAULT_PATHS) {
    if (await holdsSchema(resolve(folder, path))) return { path };
  }
  return undefined;
}

/** The project's configuration file of Prisma. */
export async function findPrismaConfig(folder: string): Promise<string | undefined> {
  for (const file of prismaConfigFiles) {
    if ((await readFileIfAny(resolve(folder, file))) !== undefined) return file;
  }
  return undefined;
}

async function namedByConfig(folder: string): Promise<FoundSchema | undefined> {
  const file = await findPrismaConfig(folder);
  if (file === undefined) return undefined;
  const path = schemaSetting((await readFileIfAny(resolve(folder, file))) ?? '');
  return path === undefined ? undefined : { path: join(dirname(file), path), namedBy: file };
}

/**
 * The `schema` of a `prisma.config.ts`: `schema: 'a/b'` or `schema: path.join('a', 'b')`. It is read, not run:
 * a project whose packages are not installed yet must not keep `init` from working.
 */
function schemaSetting(source: string): string | undefined {
  const value = /\bschema\s*:\s*(?:[\w.]*\(([^)]*)\)|(['"`][^'"`]*['"`]))/.exec(source);
  const parts = [...(value?.[1] ?? value?.[2] ?? '').matchAll(/['"`]([^'"`]*)['"`]/g)];
  return parts.length === 0 ? undefined : join(...parts.map(([, part = '']) => part));
}

const manifestWithPrisma = z.object({ prisma: z.object({ schema: z.string() }) });

async function namedByManifest(folder: string): Promise<FoundSchema | undefined> {
  const text = await readFileIfAny(resolve(folder, 'package.json'));
  const parsed = manifestWithPrisma.safeParse(jsonOrNothing(text));
  return parsed.success ? { path: parsed.data.prisma.schema, namedBy: 'package.json' } : undefined;
}

/** A broken `package.json` is reported where it is edited. */
function jsonOrNothing(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A `.prisma` file, or a folder with one in it. */
async function holdsSchema(path: string): Promise<boolean> {
  if (path.endsWith('.prisma')) return exists(path);
  const files = await readdir(path, { recursive: true }).catch(() => []);
  return files.some((file) => file.endsWith('.prisma'));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
