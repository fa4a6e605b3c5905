import { existsSync } from 'node:fs';
import type { GeneratorBlock } from '../schema/index.js';

/** The generator block of ours in a schema; none in one that does not exist, which is told when it is needed. */
export async function generatorBlockOf(schemaPath: string): Promise<GeneratorBlock | undefined> {
  if (!existsSync(schemaPath)) return undefined;
  const { readGeneratorBlock, readSchemaFiles } = await import('../schema/index.js');
  return readGeneratorBlock(await readSchemaFiles(schemaPath));
}
