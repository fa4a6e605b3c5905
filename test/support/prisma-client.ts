import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PRISMA = fileURLToPath(new URL('../../node_modules/prisma/build/index.js', import.meta.url));

/** Generates the Prisma client of a schema, into the folder that its generator names. */
export async function generatePrismaClient(schemaPath: string): Promise<void> {
  // `generate` never runs the schema engine: any executable keeps Prisma from downloading it.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
  await promisify(execFile)(process.execPath, [PRISMA, 'generate', '--schema', schemaPath], { env });
}
