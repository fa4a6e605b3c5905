import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { diskError, type FileChange, isMissing, readFileIfAny } from '../disk/index.js';
import { CodegenError } from '../errors/index.js';
import { isGenerated } from '../proto/index.js';

/** Generated texts by their paths from a folder, with `/` between the parts of a path. */
type Texts = ReadonlyMap<string, string>;

/**
 * Reads the generated files of a folder. It waits for the disk: there may be thousands of small files, and a promise for each takes many times
 * as long as the reading.
 *
 * @param folders.within Subfolders to read. Default: the whole folder.
 * @param folders.except A subfolder, as an absolute path, in which there is nothing of ours.
 * @throws EnvironmentError when a file cannot be read.
 */
export function readGenerated(
  folder: string,
  { within = ['.'], except }: { readonly within?: readonly string[]; readonly except?: string | undefined } = {},
): Texts {
  const paths = new Set(within.flatMap((subfolder) => filesIn(join(folder, subfolder))));
  const foreign = except === undefined || except === folder ? undefined : `${except}${sep}`;
  const texts = new Map<string, string>();
  for (const path of paths) {
    if (foreign !== undefined && path.startsWith(foreign)) continue;
    const text = generatedText(path);
    if (text !== undefined) texts.set(relative(folder, path).split(sep).join('/'), text);
  }
  return texts;
}

/**
 * Compares the generated files with those on disk. Files that are no longer generated are removed; files without the header of a generated
 * file are never touched.
 *
 * @param files Texts by path from the folder.
 * @param onDisk The generated files that are there.
 * @throws CodegenError when a generated file would overwrite a file of the user's.
 * @throws EnvironmentError when a file cannot be read.
 */
export async function planChanges(folder: string, files: Texts, onDisk: Texts): Promise<FileChange[]> {
  const changes: (FileChange | undefined)[] = [];
  for (const [path, after] of files)
    if (onDisk.get(path) !== after) changes.push(await changeOf(join(folder, path), after));
  for (const [path, before] of onDisk)
    if (!files.has(path)) changes.push({ path: join(folder, path), kind: 'remove', before, after: '' });
  const all = changes.filter((change) => change !== undefined);
  assertGenerated(all);
  return all;
}

/** Plans files that are written once: a file that exists belongs to the user, whatever its content. */
export async function planOnce(folder: string, files: ReadonlyMap<string, string>): Promise<FileChange[]> {
  const changes = await Promise.all([...files].map(([path, after]) => changeOf(join(folder, path), after)));
  return changes.filter((change) => change !== undefined).filter(({ kind }) => kind === 'create');
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
  const before = existsSync(path) ? await readFileIfAny(path) : undefined;
  // Git on Windows may have changed the line ends, which does not make a file stale.
  if (before?.replaceAll('\r\n', '\n') === after) return undefined;
  return { path, kind: before === undefined ? 'create' : 'update', before: before ?? '', after };
}

/** Long enough for the header of a generated file. */
const HEADER_BYTES = 200;

/** The text of a file that is ours. The folder may have large files of others beside it: of those, only the beginning is read. */
function generatedText(path: string): string | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(HEADER_BYTES);
      const length = readSync(file, head, 0, HEADER_BYTES, 0);
      if (!isGenerated(head.toString('utf8', 0, length))) return undefined;
      return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskError(path, error);
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw diskError(folder, error);
  }
}
