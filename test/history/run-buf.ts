import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BUF = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));

/** Breaking for whoever has old messages, in binary or in JSON; lint as its own tests have it. */
const CONFIG = 'version: v2\nbreaking:\n  use: [WIRE_JSON]\n';

/** Writes proto files as a module that `buf` takes. */
export async function writeModule(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of new Map([['buf.yaml', CONFIG], ...files])) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** The rules by which `buf breaking` finds the second module broken for those who know the first; sorted, each once. */
export async function brokenRules(before: string, after: string): Promise<string[]> {
  const args = ['breaking', after, '--against', before, '--error-format', 'json'];
  const found = await promisify(execFile)(BUF, args).then(
    () => '',
    (error: unknown) => violationsIn(error),
  );
  const rules = found
    .split('\n')
    .filter((line) => line !== '')
    .map((line): string => JSON.parse(line).type);
  return [...new Set(rules)].sort();
}

/** 100 is what `buf` ends with when it found something; anything else is a module that it cannot read. */
function violationsIn(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 100 && 'stdout' in error) return String(error.stdout);
  throw error;
}
