import type { FileChange } from '../disk/index.js';
import type { ApiChange } from '../proto/index.js';

export interface GenerateOptions {
  /** The project's folder. Default: the current one. */
  readonly cwd?: string;
  /** Its configuration, where it is not the folder's `grpc-stream.config.ts`. */
  readonly configFile?: string;
  /** Whether files are written; without, what would change is only told. Default true. */
  readonly write?: boolean;
}

export interface Generation {
  /** Files that were created, updated or removed, by absolute path; empty when everything was up to date. */
  readonly files: readonly Pick<FileChange, 'path' | 'kind'>[];
  /** What changes for those who use the API already: whom it breaks, and what to do. */
  readonly apiChanges: readonly ApiChange[];
}

/**
 * Makes a project's `.proto` files, codecs, services, clients and server entry from its Prisma schema, as
 * `grpc-stream generate` does. Prisma's own client is left alone.
 *
 * @throws UsageError for a wrong configuration, SchemaError with file and line for a schema that cannot be streamed,
 * CodegenError when a file of yours is in the way, EnvironmentError when the disk refuses.
 *
 * @example
 * const { files } = await generate({ cwd: 'services/library', write: false });
 * if (files.length > 0) throw new Error('generated files are stale');
 */
export async function generate({ cwd, configFile, write = true }: GenerateOptions = {}): Promise<Generation> {
  // Loaded when called: a server reads its configuration through this entry, and needs none of it.
  const [{ resolve }, { generateProject }, { applyChanges }] = await Promise.all([
    import('node:path'),
    import('../project/generate-project.js'),
    import('../disk/index.js'),
  ]);
  const { changes, apiChanges } = await generateProject({ cwd: resolve(cwd ?? '.'), configFile });
  if (write) await applyChanges(changes);
  return { files: changes.map(({ path, kind }) => ({ path, kind })), apiChanges };
}
