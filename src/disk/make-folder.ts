import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

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
