import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError, messageOf } from '../../errors/index.js';

/** A temporary folder that does not outlive this process. */
export interface ScratchFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** @throws EnvironmentError when the system's temporary folder cannot be written to. */
export async function makeScratchFolder(): Promise<ScratchFolder> {
  const path = await mkdtemp(join(tmpdir(), 'grpc-stream-bench-')).catch((cause: unknown) => {
    throw new EnvironmentError('bench.no_scratch', `no scratch folder can be made: ${messageOf(cause)}`, {
      cause,
      nextActions: ['set TMPDIR to a folder that can be written to'],
    });
  });
  /** A second Ctrl-C ends the process at once, and `finally` with it. */
  const removeNow = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', removeNow);
  return {
    path,
    remove: async () => {
      process.off('exit', removeNow);
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
