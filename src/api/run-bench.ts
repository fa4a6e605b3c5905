import type { BenchFlags, BenchProgress } from '../bench/index.js';
import type { BenchResult } from '../results/index.js';

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
  const [{ resolve }, bench] = await Promise.all([import('node:path'), import('../bench/index.js')]);
  const cwd = resolve(folder);
  const settings = bench.resolveBenchSettings({ ...textsOf(sweeps), quick });
  const target = await targetOf(cwd, model);
  return bench.runBench({
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
  const { demoTarget, projectTarget } = await import('../bench/index.js');
  if (model === undefined) {
    const { packageRoot } = await import('../project/package-root.js');
    return demoTarget(packageRoot());
  }
  const [{ loadProject }, { resolveStreaming }] = await Promise.all([
    import('../project/load-project.js'),
    import('../config/index.js'),
  ]);
  const project = await loadProject({ cwd });
  const streaming = resolveStreaming({ env: process.env, config: project.config }, model);
  return projectTarget({ ...project, model, streaming });
}
