import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SchemaError } from '../errors/index.js';

/** One `.prisma` file: its path as it is shown in messages, and its text. */
export interface SchemaFile {
  readonly path: string;
  readonly content: string;
}

/**
 * Reads a schema: one `.prisma` file, or every `.prisma` file in a folder and its subfolders, in the order of their paths.
 *
 * @throws SchemaError when there is nothing to read.
 */
export async function readSchemaFiles(path: string): Promise<readonly SchemaFile[]> {
  try {
    const paths = (await stat(path)).isDirectory() ? await prismaFilesIn(path) : [path];
    if (paths.length === 0) throw new SchemaError('schema.empty', `${path} holds no .prisma file`);
    return await Promise.all(paths.map(async (file) => ({ path: file, content: await readFile(file, 'utf8') })));
  } catch (error) {
    if (error instanceof SchemaError) throw error;
    throw new SchemaError('schema.missing', `the Prisma schema ${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
      nextActions: ['name it with `schema` in grpc-stream.config.ts, or run `npx grpc-stream init` for a new project'],
    });
  }
}

async function prismaFilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.prisma'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
