import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SchemaError, type SourceLocation } from '../errors/index.js';

/** One `.prisma` file: its path, as messages show it, and its text. */
export interface SchemaFile {
  readonly path: string;
  readonly content: string;
}

/**
 * Reads a schema: one `.prisma` file, or all `.prisma` files in a folder and its subfolders, sorted by path.
 *
 * @throws SchemaError when there is nothing to read.
 */
export async function readSchemaFiles(path: string): Promise<readonly SchemaFile[]> {
  try {
    const paths = (await stat(path)).isDirectory() ? await prismaFilesIn(path) : [path];
    if (paths.length === 0) throw emptyFolder(path);
    return await Promise.all(paths.map(async (file) => ({ path: file, content: await readFile(file, 'utf8') })));
  } catch (error) {
    if (error instanceof SchemaError) throw error;
    throw unreadable(path, error);
  }
}

const NAME_SCHEMA = 'set `schema` in grpc-stream.config.ts, or run `npx grpc-stream init` for a new project';

function emptyFolder(folder: string): SchemaError {
  const nextActions = [NAME_SCHEMA];
  return new SchemaError('schema.empty', `the folder ${folder} has no .prisma file`, { nextActions });
}

function unreadable(path: string, cause: unknown): SchemaError {
  const isMissing = cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
  const why = isMissing ? 'does not exist' : `cannot be read: ${messageOf(cause)}`;
  return new SchemaError('schema.missing', `the Prisma schema ${path} ${why}`, { cause, nextActions: [NAME_SCHEMA] });
}

async function prismaFilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.prisma'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Finds the first line of a schema that matches the head of a block. */
export function locateBlock(
  head: RegExp,
  files: readonly SchemaFile[],
): (SourceLocation & { readonly text: string }) | undefined {
  for (const { path, content } of files) {
    const lines = content.split('\n');
    const index = lines.findIndex((text) => head.test(text));
    if (index >= 0) return { file: path, line: index + 1, text: lines[index] ?? '' };
  }
  return undefined;
}

/** Finds the declaration of a model or a view. */
export function locateModel(
  name: string,
  files: readonly SchemaFile[],
): SourceLocation & { readonly kind: 'model' | 'view' } {
  const found = locateBlock(new RegExp(`^\\s*(model|view)\\s+${name}\\s*\\{`), files);
  const kind = found?.text.trim().startsWith('view') ? 'view' : 'model';
  return { kind, file: found?.file ?? files[0]?.path ?? '', line: found?.line ?? 1 };
}

/** Finds the declaration of an enum. */
export function locateEnum(name: string, files: readonly SchemaFile[]): SourceLocation {
  const found = locateBlock(new RegExp(`^\\s*enum\\s+${name}\\s*\\{`), files);
  return { file: found?.file ?? files[0]?.path ?? '', line: found?.line ?? 1 };
}
