import { resolve } from 'node:path';
import type { BenchFlags, BenchProgress } from './bench/index.js';
import type { FileChange } from './disk/index.js';
import type { ApiChange } from './proto/index.js';
import type { BenchResult } from './results/index.js';

export type { BenchProgress } from './bench/index.js';
export { defineConfig, type GrpcStreamConfig, type StreamingSettings } from './config/index.js';
export {
  BenchError,
  CodegenError,
  EnvironmentError,
  GrpcStreamError,
  InternalError,
  SchemaError,
  StreamError,
  UsageError,
} from './errors/index.js';
export type { BenchResult } from './results/index.js';

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
  const [{ generateProject }, { applyChanges }] = await Promise.all([
    import('./project/generate-project.js'),
    import('./disk/index.js'),
  ]);
  const { changes, apiChanges } = await generateProject({ cwd: resolve(cwd ?? '.'), configFile });
  if (write) await applyChanges(changes);
  return { files: changes.map(({ path, kind }) => ({ path, kind })), apiChanges };
}

/** What a flag of `grpc-stream bench` takes: a number, several, or the text of a range such as `100..10000x2`. */
export type SweepValue = number | string | readonly number[];

/** The flags of `grpc-stream bench`, by the same names. */
export interface RunBenchOptions extends Readonly<Partial<Record<Exclude<keyof BenchFlags, 'quick'>, SweepValue>>> {
  /** A smaller sweep, done within a minute. Default false. */
  readonly quick?: boolean;
  /** A model of the project, whose own table is read. Default: the built-in demo, which needs no project. */
  readonly model?: string;
  /** The project's folder. Default: the current one. */
  readonly cwd?: string;
  /** Ends the bench, and every process of it. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BenchProgress) => void;
}

/**
 * Measures what the settings of a stream do to speed, memory and cancellation, as `grpc-stream bench` does, and says what
 * follows from it. The result is what `--json` prints; nothing is printed or kept.
 *
 * @throws UsageError for a wrong value, BenchError when a row was wrong or a process died, EnvironmentError for a database
 * that does not answer, the signal's reason when it is aborted.
 *
 * @example
 * const { guidance } = await runBench({ quick: true, chunk: [100, 1000] });
 */
export async function runBench(options: RunBenchOptions = {}): Promise<BenchResult> {
  const { quick, model, cwd: folder = '.', signal = new AbortController().signal, onProgress, ...sweeps } = options;
  // Loaded when called: a server reads its configuration through this entry, and needs none of it.
  const bench = await import('./bench/index.js');
  const cwd = resolve(folder);
  const asked = bench.resolveBenchSettings({ ...textsOf(sweeps), quick });
  const target = await targetOf(cwd, model);
  const { chunkSize, cancellationCheckInterval } = target.streaming;
  const settings = bench.withConfigured(asked, { chunkSize, cancellationCheckInterval }, asked.rows);
  return bench.runScenarios({
    settings,
    signal,
    cwd,
    openExecutor: (onPrepare) => bench.openProcessExecutor({ target, settings, signal, onPrepare }),
    ...(onProgress ? { onProgress } : {}),
  });
}

function textsOf(sweeps: Readonly<Record<string, SweepValue | undefined>>): BenchFlags {
  const given = Object.entries(sweeps).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([flag, value]) => [flag, [value].flat().join(',')]));
}

async function targetOf(cwd: string, model: string | undefined) {
  const { demoTarget, projectTarget } = await import('./bench/index.js');
  if (model === undefined) {
    const { packageRoot } = await import('./project/own-package.js');
    return demoTarget(packageRoot());
  }
  const [{ loadProject }, { loadStreamedSchema }, { modelNamed }, { resolveStreaming }] = await Promise.all([
    import('./project/load-project.js'),
    import('./project/streamed-schema.js'),
    import('./seed/index.js'),
    import('./config/index.js'),
  ]);
  const project = await loadProject({ cwd });
  const chosen = modelNamed(model, await loadStreamedSchema(project));
  const streaming = resolveStreaming({ env: process.env, config: project.config }, chosen.name);
  return projectTarget({ ...project, model: chosen, streaming });
}
