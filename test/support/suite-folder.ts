import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** A temporary folder for the tests of a suite, removed after them; its path is known when they run. */
export function suiteFolder(): { readonly path: string } {
  let path = '';
  beforeAll(async () => {
    path = await realpath(await mkdtemp(join(tmpdir(), 'grpc-stream-suite-')));
  });
  afterAll(() => rm(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
  };
}
