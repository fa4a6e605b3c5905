import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { messageOf, UsageError } from '../../errors/index.js';
import type { BenchResult } from '../../results/index.js';
import { benchResultSchema, RESULT_VERSION } from './result-schema.js';
import { historyFile } from './save-result.js';

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

/** The latest result in a folder's history that this release can read and that is wanted; undefined when there is none. */
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
      // One of another release, or not ours: the one before may be readable.
    }
  }
  return undefined;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError('bench.unreadable_result', `the result ${file} cannot be read: ${messageOf(cause)}`, {
      cause,
      nextActions: ['name a file that `grpc-stream bench --out FILE` wrote, or one in .grpc-stream/bench/'],
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
    nextActions: ['name a file that `grpc-stream bench --out FILE` wrote, or one in .grpc-stream/bench/'],
  });
}
