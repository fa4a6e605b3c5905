import { relative, resolve } from 'node:path';
import { messageOf } from '../../errors/index.js';
import type { BenchResult } from '../../results/index.js';
import type { CliContext } from '../context.js';

/**
 * The history is a courtesy, and a folder that cannot be written to is a remark.
 *
 * @returns Whether the result is on disk.
 */
export async function saveHistory({ cwd, note }: CliContext, result: BenchResult): Promise<boolean> {
  const { historyFile, saveResult } = await import('../../bench/index.js');
  const file = historyFile(cwd, result);
  try {
    await saveResult(file, result);
    note(`✔ saved to ${relative(cwd, file)}`);
    return true;
  } catch (error) {
    note(`warning not saved: ${messageOf(error)}`);
    return false;
  }
}

/** A file that was asked for is a promise. @throws EnvironmentError when it cannot be written. */
export async function saveOut({ cwd, note }: CliContext, result: BenchResult, out: string): Promise<void> {
  const { saveResult } = await import('../../bench/index.js');
  await saveResult(resolve(cwd, out), result);
  note(`✔ wrote ${out}`);
}
