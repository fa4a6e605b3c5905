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

/** The beginning of a block in a schema. */
export interface SchemaBlock extends SourceLocation {
  readonly kind: 'model' | 'view' | 'enum' | 'datasource' | 'generator';
  readonly name: string;
}

const BLOCK = /^[ \t]*(model|view|enum|datasource|generator)[ \t]+(\w+)[ \t]*\{/gm;

/** Finds every block of a schema in one pass, in order: a large schema has thousands. */
export function blocksIn(files: readonly SchemaFile[]): readonly SchemaBlock[] {
  return files.flatMap(({ path, content }) => {
    let [line, from] = [1, 0];
    return [...content.matchAll(BLOCK)].map(({ 1: kind, 2: name = '', index }): SchemaBlock => {
      line += linesBetween(content, from, index);
      from = index;
      return { kind: kindOf(kind), name, file: path, line };
    });
  });
}

function linesBetween(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

function kindOf(word: string | undefined): SchemaBlock['kind'] {
  return KINDS.find((kind) => kind === word) ?? 'model';
}

const KINDS = ['model', 'view', 'enum', 'datasource', 'generator'] as const;
