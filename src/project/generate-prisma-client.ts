import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { EnvironmentError } from '../errors/index.js';
import type { Project } from './load-project.js';

/**
 * Runs the project's own `prisma generate`.
 *
 * Prisma fetches its schema engine from a host of its own before every command, though `generate` never runs it;
 * naming any existing executable keeps that host out of the road.
 *
 * @throws EnvironmentError with what Prisma said.
 */
export async function generatePrismaClient(project: Project, signal: AbortSignal): Promise<void> {
  const { root, schemaPath, otherGenerators = [] } = project;
  // A generator of ours would only find its work done.
  const chosen = otherGenerators.flatMap((name) => ['--generator', name]);
  const args = [prismaBinary(root), 'generate', '--schema', schemaPath, '--no-hints', ...chosen];
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, ...process.env, NO_COLOR: '1' };
  try {
    await promisify(execFile)(process.execPath, args, { cwd: root, env, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new EnvironmentError('prisma.generate', `prisma generate failed: ${outputOf(error)}`, {
      cause: error,
      nextActions: ['mend what Prisma names, or pass --no-client and run `npx prisma generate` yourself'],
    });
  }
}

function prismaBinary(root: string): string {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('prisma/package.json');
    const { bin } = z.object({ bin: z.object({ prisma: z.string() }) }).parse(createRequire(manifest)(manifest));
    return join(dirname(manifest), bin.prisma);
  } catch (cause) {
    throw new EnvironmentError('prisma.missing', `the package prisma is not installed in ${root}`, {
      cause,
      nextActions: ['npm install --save-dev prisma && npm install @prisma/client', 'or pass --no-client'],
    });
  }
}

function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stdout = '', stderr = '' } = error as Error & { stdout?: string; stderr?: string };
  const output = stripVTControlCharacters(`${stderr}\n${stdout}`).trim();
  return output === '' ? error.message : output;
}
