import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskError } from './disk-error.js';

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
 * Carries out changes. Every file is first written whole beside its place, and only when all of them are there, each is renamed
 * onto it: a disk that refuses one leaves everything as it was, and no file is ever half there.
 *
 * @throws EnvironmentError when the disk refuses.
 */
export async function applyChanges(changes: readonly FileChange[]): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const change of changes) if (change.kind !== 'remove') await atPath(change.path, () => stage(change, undo));
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
  for (const { path, kind } of changes) {
    await atPath(path, () => (kind === 'remove' ? rm(path, { force: true }) : rename(temporary(path), path)));
  }
}

/** Writes a file beside its place, and notes how to take it back. */
async function stage({ path, after }: FileChange, undo: (() => Promise<void>)[]): Promise<void> {
  const made = await mkdir(dirname(path), { recursive: true });
  if (made !== undefined) undo.push(() => rm(made, { recursive: true, force: true }));
  undo.push(() => rm(temporary(path), { force: true }));
  await writeFile(temporary(path), after);
}

function temporary(path: string): string {
  return `${path}.${process.pid}.tmp`;
}

async function atPath(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw diskError(path, error);
  }
}

/**
 * Makes a folder and those above it that are missing, one by one: Node's recursive `mkdir` never ends where a folder
 * that is there refuses to hold another, as `/proc` does.
 *
 * @returns The topmost folder that was made; undefined when all were there.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
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
 * Writes a file whole or not at all: beside its place first, then renamed onto it, so that a full disk costs no file that
 * was there. What is no file, such as a pipe, is written to as it is.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  if (await isSpecial(file)) return writeFile(file, text);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

async function isSpecial(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && !found.isFile();
}
