import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BUF = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));

/** Runs buf, and returns what it printed: for `lint` and `breaking`, the problems that it found. */
export async function runBuf(args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)(BUF, args, { cwd })).stdout;
  } catch (error) {
    // It ends with 100 when it found something; anything else is a module that it cannot read.
    if (error instanceof Error && 'code' in error && error.code === 100 && 'stdout' in error)
      return String(error.stdout);
    throw error;
  }
}
