import { resolve } from 'node:path';
import { readFileIfAny } from '../disk/index.js';
import type { DatabaseProvider } from '../model/index.js';

/** The databases that there is a template for. */
export const scaffoldProviders = ['sqlite', 'postgresql', 'mysql'] as const;
export type ScaffoldProvider = (typeof scaffoldProviders)[number];

/**
 * What happens to a file: `create` a new one, `edit` the user's by adding what is missing, `overwrite` it (only when forced),
 * `keep` it although ours would differ, or nothing because it is `unchanged`.
 */
export type FileAction = 'create' | 'edit' | 'overwrite' | 'keep' | 'unchanged';

export interface PlannedFile {
  /** Relative to the project's folder, with `/` on every system. */
  readonly path: string;
  readonly action: FileAction;
  /** What the file holds afterwards. */
  readonly content: string;
  /** What an edit adds, or why a file is kept. */
  readonly detail?: string;
}

/** Everything that `writeProject` will do, decided and checked before the first write. */
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
