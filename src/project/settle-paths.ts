import { resolve } from 'node:path';
import { UsageError } from '../errors/index.js';
import type { GeneratorBlock } from '../schema/index.js';
import type { LoadedConfig } from './load-config.js';

/** What both the configuration and the generator block of the schema may say. */
export interface SettledPaths {
  readonly output?: string | undefined;
  readonly protoDir?: string | undefined;
  readonly package?: string | undefined;
}

/**
 * Takes each setting from where it is, so that `grpc-stream generate` and `prisma generate` write the same files.
 *
 * @throws UsageError when two places say different things: one of the two commands would surprise.
 */
export function settlePaths({ config, root, file }: LoadedConfig, block: GeneratorBlock | undefined): SettledPaths {
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(root, path));
  const configured: SettledPaths = {
    output: absolute(config.output),
    protoDir: absolute(config.protoDir),
    package: config.package,
  };
  if (!block) return configured;
  for (const key of ['output', 'protoDir', 'package'] as const) {
    const [here, there] = [block[key], configured[key]];
    if (here !== undefined && there !== undefined && here !== there) throw conflict({ key, here, there, block, file });
  }
  return {
    output: block.output ?? configured.output,
    protoDir: block.protoDir ?? configured.protoDir,
    package: block.package ?? configured.package,
  };
}

interface Conflict {
  readonly key: string;
  readonly here: string;
  readonly there: string;
  readonly block: GeneratorBlock;
  readonly file: string | undefined;
}

function conflict({ key, here, there, block, file }: Conflict): UsageError {
  const message = `${block.file}:${block.line}: ${key} is ${here}, and ${there} in ${file ?? 'the configuration'}`;
  return new UsageError('config.generator', message, { nextActions: [`leave ${key} out of one of the two`] });
}
