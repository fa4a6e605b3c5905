import { readFile } from 'node:fs/promises';
import { messageOf } from '../errors/index.js';
import type { StreamLogger } from '../runtime/index.js';
import { sleep } from '../waits/index.js';

export interface WatchFilesOptions {
  readonly paths: readonly string[];
  /** The time between two checks. */
  readonly intervalMs: number;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Called when the content of a file has changed. An error that it throws is logged; it is not called again before the next change. */
  readonly onChange: () => Promise<void>;
  readonly logger?: StreamLogger | undefined;
}

/**
 * Reads small files periodically, and calls back when one has changed. Kubernetes replaces the links of mounted secrets as a whole, which
 * file system watchers miss.
 */
export async function watchFiles({ paths, intervalMs, signal, onChange, logger }: WatchFilesOptions): Promise<void> {
  let last = await contentOf(paths);
  for (;;) {
    await sleep(intervalMs, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    const now = await contentOf(paths);
    if (now === last) continue;
    last = now;
    try {
      await onChange();
    } catch (error) {
      logger?.error({ reason: messageOf(error) }, 'changed files cannot be used: the earlier content stays in use');
    }
  }
}

/** A file that becomes unreadable counts as changed; `onChange` finds the reason. */
async function contentOf(paths: readonly string[]): Promise<string> {
  const texts = await Promise.all(
    paths.map((path) => readFile(path, 'base64').catch((error: unknown) => messageOf(error))),
  );
  return texts.join('\n');
}
