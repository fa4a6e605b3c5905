import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../disk/index.js';
import { messageOf, UsageError } from '../errors/index.js';
import { type BenchResult, benchResultSchema, RESULT_VERSION } from '../results/index.js';
import { JOURNAL_SUFFIX } from './journal.js';

/** The folder of a project's results. */
const HISTORY = join('.grpc-stream', 'bench');

/** The file of a run in its project's history: `.grpc-stream/bench/2026-03-01T10-20-30-123Z.json`. */
export function historyFile(cwd: string, { startedAt }: Pick<BenchResult, 'startedAt'>): string {
  return join(cwd, HISTORY, `${startedAt.replace(/[:.]/g, '-')}.json`);
}

/** The file of the measurements of a run while it runs, and after an interruption. */
export function journalFile(cwd: string, run: Pick<BenchResult, 'startedAt'>): string {
  return historyFile(cwd, run).replace(/\.json$/, JOURNAL_SUFFIX);
}

/**
 * Writes a result completely or not at all.
 *
 * @throws EnvironmentError when the file cannot be written.
 */
export async function saveResult(file: string, result: BenchResult): Promise<void> {
  await replaceFile(file, `${JSON.stringify(result, undefined, 2)}\n`, {
    nextActions: ['choose a place that can be written to with --out FILE'],
  });
}

/** The latest result in a folder's history that this release can read and that `isWanted` accepts; undefined if there is none. */
export async function readLatestResult(
  cwd: string,
  isWanted: (result: BenchResult) => boolean = () => true,
): Promise<{ file: string; result: BenchResult } | undefined> {
  const folder = dirname(historyFile(cwd, { startedAt: '' }));
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  for (const name of names.sort().reverse()) {
    const file = join(folder, name);
    try {
      const result = await readResult(file);
      if (isWanted(result)) return { file, result };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      // A result of another release, or another file: the one before may be readable.
    }
  }
  return undefined;
}

/**
 * Reads a result that `bench` saved.
 *
 * @throws UsageError when the file is missing, is no result, or was written by a release whose results differ.
 */
export async function readResult(file: string): Promise<BenchResult> {
  const value = parseJson(file, await readText(file));
  assertVersion(file, value);
  const parsed = benchResultSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unusable(file, `${issue?.path.join('.') || 'the result'}: ${issue?.message}`);
}

/** What to do about a file that is not a result. */
const NAME_A_RESULT = 'name a file that `grpc-stream bench --out FILE` wrote, or one in .grpc-stream/bench/';

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError('bench.unreadable_result', `the result ${file} cannot be read: ${messageOf(cause)}`, {
      cause,
      nextActions: [NAME_A_RESULT],
    });
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unusable(file, messageOf(cause), cause);
  }
}

const versioned = z.looseObject({ schemaVersion: z.int() });

function assertVersion(file: string, value: unknown): void {
  const parsed = versioned.safeParse(value);
  if (!parsed.success) throw unusable(file, 'it has no schemaVersion');
  const { schemaVersion } = parsed.data;
  if (schemaVersion === RESULT_VERSION) return;
  const isNewer = schemaVersion > RESULT_VERSION;
  throw new UsageError(
    'bench.other_version',
    `${file} is a result of version ${schemaVersion}; this release reads version ${RESULT_VERSION}`,
    { nextActions: [isNewer ? 'update grpc-stream: npm install grpc-stream@latest' : 'run the bench again'] },
  );
}

function unusable(file: string, why: string, cause?: unknown): UsageError {
  return new UsageError('bench.not_a_result', `${file} is not a result of grpc-stream bench: ${why}`, {
    cause,
    nextActions: [NAME_A_RESULT],
  });
}
