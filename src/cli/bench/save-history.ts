import { relative, resolve } from 'node:path';
import { messageOf } from '../../errors/index.js';
import type { BenchResult } from '../../model/index.js';
import type { CliContext } from '../context.js';

/**
 * The history is a courtesy, and a folder that cannot be written to is a remark; a file that was asked for is a promise.
 *
 * @returns Whether the result is anywhere on disk.
 */
export async function saveHistory(
  { cwd, note }: CliContext,
  result: BenchResult,
  out: string | undefined,
): Promise<boolean> {
  const { historyFile, saveResult } = await import('../../bench/index.js');
  const file = historyFile(cwd, result);
  let saved = false;
  try {
    await saveResult(file, result);
    saved = true;
    note(`✔ saved to ${relative(cwd, file)}`);
  } catch (error) {
    note(`warning not saved: ${messageOf(error)}`);
  }
  if (out !== undefined) await saveResult(resolve(cwd, out), result);
  return saved || out !== undefined;
}
