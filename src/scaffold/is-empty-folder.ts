import { readdir } from 'node:fs/promises';

/** Whether there is nothing in a folder that a new project could get in the way of: a fresh repository is empty too. */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch(() => []);
  return entries.every((entry) => entry === '.git');
}
