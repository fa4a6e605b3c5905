import { statSync } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EnvironmentError, messageOf } from '../errors/index.js';
import { errnoOf } from './read-file.js';

/** A change of a file that makes it hold what was generated. */
export interface FileChange {
  /** Absolute path. */
  readonly path: string;
  readonly kind: 'create' | 'update' | 'remove';
  /** The text on disk; empty for a new file. */
  readonly before: string;
  /** The new text; empty for a file that is removed. */
  readonly after: string;
}

interface WriteOptions {
  /** Stops the work; before all files are in place, everything is left as it was. */
  readonly signal?: AbortSignal | undefined;
  /** Advice for the user when a file cannot be written. */
  readonly nextActions?: readonly string[];
}

/**
 * Writes several files, all or none. Each is written beside its place first, and only when all of them are there, each is renamed
 * into it: when one cannot be written, everything is left as it was, and no file is ever half-written.
 *
 * @throws EnvironmentError when a file cannot be written.
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

/** Writes a file beside its place, and adds the steps that undo it. */
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
 * Makes a folder and those above it that are missing, one by one: Node's recursive `mkdir` never ends where an existing folder
 * cannot hold another, such as `/proc`.
 *
 * @returns The topmost folder that was made; undefined when all existed.
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
 * @throws EnvironmentError when it cannot be written.
 */
export async function replaceFile(path: string, text: string, options: WriteOptions = {}): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  const isSpecial = found !== undefined && !found.isFile() && !found.isDirectory();
  if (isSpecial) return atPath(path, options.nextActions, () => writeFile(path, text));
  await applyChanges([{ path, kind: 'update', after: text }], options);
}

const OTHER_FOLDERS = ['correct it, or choose other folders with `output` and `protoDir` in grpc-stream.config.ts'];

/** The error for a file that cannot be written; it names what is in the way. */
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

/** The system's error in words. */
function diskReason(path: string, cause: unknown): string {
  switch (errnoOf(cause)) {
    case 'EISDIR':
      return 'a folder is in its place';
    case 'EEXIST':
    case 'ENOTDIR':
      return `${fileAbove(path)} is a file, and must be a folder`;
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

/** The file that is in the place of one of a path's folders. */
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
