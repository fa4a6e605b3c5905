import { open, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { diskError, type FileChange, isMissing, readFileIfAny } from '../disk/index.js';
import { CodegenError } from '../errors/index.js';
import { isGenerated } from '../proto/index.js';

/**
 * Compares the generated files with those on disk. Files that are no longer generated are removed; files without the header of a generated
 * file are never touched.
 *
 * @param files Texts by path from the folder.
 * @param owned Subfolders to remove files from. Default: the whole folder.
 * @throws CodegenError when a generated file would overwrite a file of the user's.
 * @throws EnvironmentError when a file cannot be read.
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
  const all = [...changes, ...removals].filter((change) => change !== undefined);
  assertGenerated(all);
  return all;
}

/** Plans files that are written once: a file that exists belongs to the user, whatever its content. */
export async function planOnce(folder: string, files: ReadonlyMap<string, string>): Promise<FileChange[]> {
  const changes = await Promise.all([...files].map(([path, after]) => changeOf(join(folder, path), after)));
  return changes.filter((change) => change !== undefined).filter(({ kind }) => kind === 'create');
}

/** Reads the generated files of some subfolders, by path from the folder. */
export async function readGenerated(
  folder: string,
  subfolders: readonly string[],
): Promise<readonly (readonly [path: string, text: string])[]> {
  const paths = (await Promise.all(subfolders.map((subfolder) => filesIn(join(folder, subfolder))))).flat();
  const texts = await Promise.all(paths.map((path) => readFileIfAny(path)));
  return texts.flatMap((text = '', index) =>
    isGenerated(text)
      ? [
          [
            relative(folder, paths[index] ?? '')
              .split(sep)
              .join('/'),
            text,
          ] as const,
        ]
      : [],
  );
}

/** Files that have no header, such as the lock, are recognised by their name. */
function assertGenerated(changes: readonly FileChange[]): void {
  const foreign = changes.filter(
    ({ kind, before, after }) =>
      kind === 'update' && isGenerated(after) && !isGenerated(before) && before.trim() !== '',
  );
  if (foreign.length === 0) return;
  const paths = foreign.map(({ path }) => path).join(', ');
  throw new CodegenError('files.foreign', `${paths}: not written by grpc-stream, so it is not overwritten`, {
    nextActions: ['move or remove it, or choose other folders with `output` and `protoDir` in grpc-stream.config.ts'],
  });
}

async function changeOf(path: string, after: string): Promise<FileChange | undefined> {
  const before = await readFileIfAny(path);
  // Git on Windows may have changed the line ends, which does not make a file stale.
  if (before?.replaceAll('\r\n', '\n') === after) return undefined;
  return { path, kind: before === undefined ? 'create' : 'update', before: before ?? '', after };
}

async function removalOf(path: string): Promise<FileChange | undefined> {
  if (!(await isOurs(path))) return undefined;
  const before = (await readFileIfAny(path)) ?? '';
  return { path, kind: 'remove', before, after: '' };
}

/** Long enough for the header of a generated file. */
const HEADER_BYTES = 200;

/** The folder may have a Prisma client of thousands of files beside ours: the beginning of each is enough. */
async function isOurs(path: string): Promise<boolean> {
  const file = await open(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw diskError(path, error);
  });
  try {
    const { buffer, bytesRead } = (await file?.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)) ?? {};
    return isGenerated(buffer?.toString('utf8', 0, bytesRead) ?? '');
  } finally {
    await file?.close();
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw diskError(folder, error);
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
