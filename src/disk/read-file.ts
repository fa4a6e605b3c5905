import { readFile } from 'node:fs/promises';
import { EnvironmentError, messageOf } from '../errors/index.js';

/** No such file; a file where one of its folders should be; a folder of that name. `assertWritable` tells them apart. */
const NOTHING_TO_READ = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/**
 * The text of a file, or undefined when there is none.
 *
 * @throws EnvironmentError when there is one that cannot be read.
 */
export async function readFileIfAny(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (NOTHING_TO_READ.has(errnoOf(error))) return undefined;
    throw new EnvironmentError('init.unreadable', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** The system's code for what went wrong, such as `ENOENT`; empty for anything else. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
