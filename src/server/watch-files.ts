import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors/index.js';
import type { StreamLogger } from '../runtime/index.js';

export interface WatchFilesOptions {
  readonly paths: readonly string[];
  /** Between two looks. */
  readonly intervalMs: number;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Called when the content of one has changed. What it throws is logged, and everything stays as it was until the next change. */
  readonly onChange: () => Promise<void>;
  readonly logger?: StreamLogger | undefined;
}

/**
 * Looks at files now and then. Secrets are mounted as links that are swapped as a whole, which watchers of the file system miss;
 * and these files are small.
 */
export async function watchFiles({ paths, intervalMs, signal, onChange, logger }: WatchFilesOptions): Promise<void> {
  let last = await contentOf(paths);
  while (await slept(intervalMs, signal)) {
    const now = await contentOf(paths);
    if (now === last) continue;
    last = now;
    try {
      await onChange();
    } catch (error) {
      logger?.error({ reason: messageOf(error) }, 'changed files cannot be used: what was read before stays in force');
    }
  }
}

/** A file that cannot be read, for a moment perhaps, has a content of its own: whoever is told finds out why. */
async function contentOf(paths: readonly string[]): Promise<string> {
  const texts = await Promise.all(
    paths.map((path) => readFile(path, 'base64').catch((error: unknown) => messageOf(error))),
  );
  return texts.join('\n');
}

async function slept(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(milliseconds, undefined, { signal, ref: false });
    return true;
  } catch {
    return false;
  }
}
