import { resolve } from 'node:path';
import { readFileIfAny } from '../disk/index.js';
import type { PlannedFile } from './project-plan.js';

/** Files that hold what exists nowhere else, such as a database's password: kept even when overwriting was asked for. */
const NEVER_OVERWRITTEN = new Set(['.env']);

/** Decides what happens to one file, by what the folder holds in its place. */
export async function planFile(folder: string, path: string, content: string, force: boolean): Promise<PlannedFile> {
  const current = await readFileIfAny(resolve(folder, path));
  if (current === undefined) return { path, action: 'create', content };
  if (current === content) return { path, action: 'unchanged', content };
  if (NEVER_OVERWRITTEN.has(path)) return { path, action: 'keep', content: current, detail: 'never overwritten' };
  if (force) return { path, action: 'overwrite', content };
  return { path, action: 'keep', content: current, detail: 'differs from ours; --force overwrites it' };
}
