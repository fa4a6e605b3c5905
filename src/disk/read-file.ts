import { readFile } from 'node:fs/promises';
import { EnvironmentError, messageOf } from '../errors/index.js';

/**
 * The text of a file, or undefined when there is none.
 *
 * @throws EnvironmentError when there is one that cannot be read, or a folder of that name.
 */
export async function readFileIfAny(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    const isFolder = errnoOf(cause) === 'EISDIR';
    const why = isFolder ? 'is a folder, and must be a file' : `cannot be read: ${messageOf(cause)}`;
    throw new EnvironmentError('files.unreadable', `${path} ${why}`, { cause });
  }
}

/** Whether there was no such file, or a file where one of its folders should be. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error));
}

/** The system's code of an error, such as `ENOENT`; empty for other errors. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
