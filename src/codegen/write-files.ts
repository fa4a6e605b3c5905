import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError, messageOf } from '../errors/index.js';
import { GENERATED_HEADER } from '../proto/index.js';

/** What has to happen to a folder so that it holds just what was generated. */
export interface FileChange {
  /** Absolute path. */
  readonly path: string;
  readonly kind: 'create' | 'update' | 'remove';
  /** The text on disk; empty for a new file. */
  readonly before: string;
  /** The text wanted; empty for a file that goes. */
  readonly after: string;
}

/**
 * Compares what was generated with what is on disk. Files of ours that are generated no longer are to be removed; files that
 * do not carry our header are never touched.
 *
 * @param files Texts by path from the folder.
 * @param owned Subfolders whose leftovers may be ours; default the whole folder.
 */
export async function planChanges(
  folder: string,
  files: ReadonlyMap<string, string>,
  owned: readonly string[] = ['.'],
): Promise<FileChange[]> {
  const wanted = [...files].map(([path, after]) => ({ path: join(folder, path), after }));
  const changes = await Promise.all(wanted.map(({ path, after }) => changeOf(path, after)));
  const keep = new Set(wanted.map(({ path }) => path));
  const found = await Promise.all(owned.map((subfolder) => filesIn(join(folder, subfolder))));
  const removals = await Promise.all(
    [...new Set(found.flat())].filter((path) => !keep.has(path)).map((path) => removalOf(path)),
  );
  return [...changes, ...removals].filter((change) => change !== undefined);
}

/**
 * Carries out changes. Each file is written whole beside its place and then renamed onto it, so that none is ever half there.
 *
 * @throws EnvironmentError when the disk refuses.
 */
export async function applyChanges(changes: readonly FileChange[]): Promise<void> {
  for (const change of changes) {
    try {
      if (change.kind === 'remove') await rm(change.path);
      else await writeWhole(change.path, change.after);
    } catch (error) {
      throw new EnvironmentError('files.unwritable', `${change.path} cannot be written: ${messageOf(error)}`, {
        cause: error,
        nextActions: [
          'make the folder writable, or choose another with `output` and `protoDir` in grpc-stream.config.ts',
        ],
      });
    }
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function changeOf(path: string, after: string): Promise<FileChange | undefined> {
  const before = await readIfThere(path);
  if (before === after) return undefined;
  return { path, kind: before === undefined ? 'create' : 'update', before: before ?? '', after };
}

async function removalOf(path: string): Promise<FileChange | undefined> {
  const before = await readIfThere(path);
  if (before?.startsWith(GENERATED_HEADER) !== true) return undefined;
  return { path, kind: 'remove', before, after: '' };
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(ignoreMissing([]));
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(ignoreMissing(undefined));
}

function ignoreMissing<T>(fallback: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return fallback;
    throw error;
  };
}
