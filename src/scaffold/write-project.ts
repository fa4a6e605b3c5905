import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { applyChanges, isMissing, readFileIfAny } from '../disk/index.js';
import { EnvironmentError, messageOf } from '../errors/index.js';
import type { DatabaseProvider } from '../model/index.js';

/**
 * What happens to a file: `create` a new one, `edit` the user's by adding what is missing, `overwrite` it (only when forced),
 * `keep` it although ours would differ, or nothing because it is `unchanged`.
 */
type FileAction = 'create' | 'edit' | 'overwrite' | 'keep' | 'unchanged';

export interface PlannedFile {
  /** Relative to the project's folder, with `/` on every system. */
  readonly path: string;
  readonly action: FileAction;
  /** What the file holds afterwards. */
  readonly content: string;
  /** What it holds now, where an edit is to be seen line by line. */
  readonly before?: string;
  /** What an edit adds or takes out, or why a file is kept. */
  readonly detail?: string;
}

/** Everything that `writeProject` does, decided and checked before the first write. */
export interface ProjectPlan {
  /** Absolute. */
  readonly folder: string;
  /** `existing` when the folder has a Prisma schema, which then stays as it is. */
  readonly kind: 'new' | 'existing';
  readonly provider: DatabaseProvider;
  readonly files: readonly PlannedFile[];
  /** What was found in the folder, a line each. */
  readonly found: readonly string[];
  /** What is left for the user to do or know, a line each. */
  readonly advice: readonly string[];
}

/** Whether carrying out the plan touches this file. */
export function isWritten({ action }: PlannedFile): boolean {
  return action === 'create' || action === 'edit' || action === 'overwrite';
}

/** Files with secrets that exist nowhere else, such as a database's password: kept even with `--force`. */
const NEVER_OVERWRITTEN = new Set(['.env']);

/** Decides what happens to one file, by comparing it with the folder's own. */
export async function planFile(folder: string, path: string, content: string, force: boolean): Promise<PlannedFile> {
  const current = await readFileIfAny(resolve(folder, path));
  if (current === undefined) return { path, action: 'create', content };
  if (current === content) return { path, action: 'unchanged', content };
  if (NEVER_OVERWRITTEN.has(path)) return { path, action: 'keep', content: current, detail: 'never overwritten' };
  if (force) return { path, action: 'overwrite', content };
  return { path, action: 'keep', content: current, detail: 'differs from ours; --force overwrites it' };
}

/**
 * Makes sure that every file could be written, so that a project is made whole or not at all.
 *
 * @throws EnvironmentError that names what is in the way.
 */
export async function assertWritable(folder: string, paths: readonly string[]): Promise<void> {
  const targets = paths.map((path) => resolve(folder, path));
  const folders = new Set([folder, ...targets.map((target) => dirname(target))]);
  for (const path of folders) await assertFolderCanHoldFiles(path);
  for (const path of targets) await assertNoFolderAt(path);
}

async function assertFolderCanHoldFiles(folder: string): Promise<void> {
  const { path, isFolder } = await nearestExisting(folder);
  if (!isFolder) {
    throw new EnvironmentError('init.not_a_folder', `${path} is a file, and must be a folder`, {
      nextActions: ['move the file away, or choose another folder: grpc-stream init DIR'],
    });
  }
  try {
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new EnvironmentError('init.read_only', `${path} cannot be written to: ${messageOf(error)}`, {
      cause: error,
      nextActions: ['make the folder writable, or choose another: grpc-stream init DIR'],
    });
  }
}

async function assertNoFolderAt(path: string): Promise<void> {
  const nearest = await nearestExisting(path);
  if (nearest.path !== path || !nearest.isFolder) return;
  throw new EnvironmentError('init.not_a_file', `${path} is a folder, and must be a file`, {
    nextActions: ['move the folder away, or choose another project folder: grpc-stream init DIR'],
  });
}

/** The path itself, or the closest of its parents that exists. */
async function nearestExisting(path: string): Promise<{ readonly path: string; readonly isFolder: boolean }> {
  try {
    return { path, isFolder: (await stat(path)).isDirectory() };
  } catch (error) {
    if (isMissing(error)) return nearestExisting(dirname(path));
    throw new EnvironmentError('init.unreachable', `${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Whether a folder has no files that a new project could conflict with. A new repository counts as empty. */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch(() => []);
  return entries.every((entry) => entry === '.git');
}

/**
 * Carries out a plan. Every file is written beside its place first and then renamed into it, so that a full disk or Ctrl-C leaves the
 * folder as it was, and no file is ever half-written.
 *
 * @throws EnvironmentError when a file cannot be written.
 * @throws the signal's reason when it is aborted before the files are in place.
 */
export async function writeProject(
  { folder, files }: ProjectPlan,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const changes = files
    .filter(isWritten)
    .map(({ path, content }) => ({ path: resolve(folder, path), kind: 'update', after: content }) as const);
  await applyChanges(changes, {
    signal,
    nextActions: ['correct that, or choose another folder: grpc-stream init DIR'],
  });
}
