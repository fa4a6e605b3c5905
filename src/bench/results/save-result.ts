import { join } from 'node:path';
import { replaceFile } from '../../disk/index.js';
import { EnvironmentError, messageOf } from '../../errors/index.js';
import type { BenchResult } from '../../results/index.js';
import { JOURNAL_SUFFIX } from './read-journal.js';

/** Where a project keeps what it measured. */
const HISTORY = join('.grpc-stream', 'bench');

/** The file of a run in its project's history: `.grpc-stream/bench/2026-03-01T10-20-30-123Z.json`. */
export function historyFile(cwd: string, { startedAt }: Pick<BenchResult, 'startedAt'>): string {
  return join(cwd, HISTORY, `${startedAt.replace(/[:.]/g, '-')}.json`);
}

/** The file that holds what such a run has measured while it runs, or was interrupted. */
export function journalFile(cwd: string, run: Pick<BenchResult, 'startedAt'>): string {
  return historyFile(cwd, run).replace(/\.json$/, JOURNAL_SUFFIX);
}

/**
 * Writes a result whole or not at all.
 *
 * @throws EnvironmentError when the folder cannot be written to.
 */
export async function saveResult(file: string, result: BenchResult): Promise<void> {
  try {
    await replaceFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
  } catch (cause) {
    throw new EnvironmentError('bench.unwritable', `the result cannot be written to ${file}: ${messageOf(cause)}`, {
      cause,
      nextActions: ['choose a place that can be written to with --out FILE'],
    });
  }
}
