import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errnoOf } from '../disk/index.js';
import { EnvironmentError, messageOf } from '../errors/index.js';

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
    throw new EnvironmentError('init.not_a_folder', `${path} is a file; a folder must be there`, {
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
  throw new EnvironmentError('init.not_a_file', `${path} is a folder; a file must be written there`, {
    nextActions: ['move the folder away, or choose another project folder: grpc-stream init DIR'],
  });
}

/** The path itself, or the closest of its parents that exists. */
async function nearestExisting(path: string): Promise<{ readonly path: string; readonly isFolder: boolean }> {
  try {
    return { path, isFolder: (await stat(path)).isDirectory() };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return nearestExisting(dirname(path));
    throw new EnvironmentError('init.unreachable', `${path} cannot be looked at: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Whether there is nothing in a folder that a new project could get in the way of: a fresh repository is empty too. */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch(() => []);
  return entries.every((entry) => entry === '.git');
}
