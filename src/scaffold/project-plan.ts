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
