import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { makeFolder } from '../disk/index.js';
import { EnvironmentError, messageOf } from '../errors/index.js';
import { isWritten, type PlannedFile, type ProjectPlan } from './project-plan.js';

/**
 * Carries out a plan: the only module here that writes. Every file is written beside its place first and then renamed into it,
 * so that a full disk or Ctrl-C leaves the folder as it was, and no file is ever half-written.
 *
 * @throws EnvironmentError when a file cannot be written.
 * @throws the signal's reason when it is aborted before the files are in place.
 */
export async function writeProject(
  plan: ProjectPlan,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const stage = new Stage();
  try {
    for (const file of plan.files.filter(isWritten)) {
      signal?.throwIfAborted();
      await stage.add(plan.folder, file);
    }
    signal?.throwIfAborted();
    await stage.commit();
  } catch (error) {
    await stage.discard();
    if (signal?.aborted) throw error;
    throw new EnvironmentError('init.write_failed', `${plan.folder} cannot be written to: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Files that are written but not yet in their places, and the folders that were made for them. */
class Stage {
  readonly #files: { readonly temporary: string; readonly target: string }[] = [];
  readonly #folders: string[] = [];

  async add(folder: string, { path, content }: PlannedFile): Promise<void> {
    const target = resolve(folder, path);
    const temporary = `${target}.${process.pid}.tmp`;
    const made = await makeFolder(dirname(target));
    if (made !== undefined) this.#folders.push(made);
    this.#files.push({ temporary, target });
    await writeFile(temporary, content, { flag: 'wx' });
  }

  async commit(): Promise<void> {
    for (const { temporary, target } of this.#files) await rename(temporary, target);
    this.#folders.length = 0;
  }

  async discard(): Promise<void> {
    const leftovers = [...this.#files.map(({ temporary }) => temporary), ...this.#folders];
    for (const path of leftovers) await rm(path, { recursive: true, force: true });
  }
}
