import { statSync } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EnvironmentError, messageOf } from '../errors/index.js';
import { errnoOf } from './read-file.js';

/** What has to happen to a file so that it holds what was generated. */
export interface FileChange {
  /** Absolute path. */
  readonly path: string;
  readonly kind: 'create' | 'update' | 'remove';
  /** The text on disk; empty for a new file. */
  readonly before: string;
  /** The text wanted; empty for a file that goes. */
  readonly after: string;
}

export interface WriteOptions {
  /** Aborted before all files are in place, it leaves everything as it was. */
  readonly signal?: AbortSignal | undefined;
  /** What the user can do when the disk refuses. */
  readonly nextActions?: readonly string[];
}

/**
 * Carries out changes. Every file is first written whole beside its place, and only when all of them are there, each is renamed
 * onto it: a disk that refuses one leaves everything as it was, and no file is ever half there.
 *
 * @throws EnvironmentError when the disk refuses.
 * @throws the signal's reason when it is aborted before the files are in place.
 */
export async function applyChanges(
  changes: readonly Omit<FileChange, 'before'>[],
  { signal, nextActions }: WriteOptions = {},
): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const change of changes) {
      signal?.throwIfAborted();
      if (change.kind !== 'remove') await atPath(change.path, nextActions, () => stage(change, undo));
    }
    signal?.throwIfAborted();
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
  try {
    for (const change of changes) await atPath(change.path, nextActions, () => putInPlace(change));
  } finally {
    for (const { path } of changes) await rm(temporary(path), { force: true });
  }
}

/** Writes a file beside its place, and notes how to take it back. */
async function stage({ path, after }: Omit<FileChange, 'before'>, undo: (() => Promise<void>)[]): Promise<void> {
  const made = await makeFolder(dirname(path));
  if (made !== undefined) undo.push(() => rm(made, { recursive: true, force: true }));
  undo.push(() => rm(temporary(path), { force: true }));
  await writeFile(temporary(path), after);
}

function putInPlace({ path, kind }: Omit<FileChange, 'before'>): Promise<void> {
  return kind === 'remove' ? rm(path, { force: true }) : rename(temporary(path), path);
}

function temporary(path: string): string {
  return `${path}.${process.pid}.tmp`;
}

async function atPath(path: string, nextActions: readonly string[] | undefined, work: () => Promise<void>) {
  try {
    await work();
  } catch (error) {
    throw diskError(path, error, nextActions);
  }
}

/**
 * Makes a folder and those above it that are missing, one by one: Node's recursive `mkdir` never ends where a folder
 * that is there refuses to hold another, as `/proc` does.
 *
 * @returns The topmost folder that was made; undefined when all were there.
 */
async function makeFolder(path: string): Promise<string | undefined> {
  if (await isFolder(path)) return undefined;
  const made = await makeFolder(dirname(path));
  await mkdir(path).catch(async (error) => {
    // Unless another process was quicker.
    if (!(await isFolder(path))) throw error;
  });
  return made ?? path;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return dirname(path) === path;
  }
}

/**
 * Writes one file whole or not at all, as `applyChanges` does. Anything but a regular file, such as a pipe, is written to directly.
 *
 * @throws EnvironmentError when the disk refuses.
 */
export async function replaceFile(path: string, text: string, options: WriteOptions = {}): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  const isSpecial = found !== undefined && !found.isFile() && !found.isDirectory();
  if (isSpecial) return atPath(path, options.nextActions, () => writeFile(path, text));
  await applyChanges([{ path, kind: 'update', after: text }], options);
}

const OTHER_FOLDERS = ['correct that, or choose other folders with `output` and `protoDir` in grpc-stream.config.ts'];

/** Why a file cannot be written, in words that name what is in the way. */
export function diskError(
  path: string,
  cause: unknown,
  nextActions: readonly string[] = OTHER_FOLDERS,
): EnvironmentError {
  return new EnvironmentError('files.unwritable', `${path} cannot be written: ${diskReason(path, cause)}`, {
    cause,
    nextActions,
  });
}

/** What the system's error means for the file at the path. */
function diskReason(path: string, cause: unknown): string {
  switch (errnoOf(cause)) {
    case 'EISDIR':
      return 'a folder is in its place';
    case 'EEXIST':
    case 'ENOTDIR':
      return `${fileAbove(path)} is a file, where a folder must be`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${dirname(path)} is read-only for this user`;
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return messageOf(cause);
  }
}

/** The file that stands among the folders of a path. */
function fileAbove(path: string): string {
  const folder = dirname(path);
  return folder === path || isFile(folder) ? folder : fileAbove(folder);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
