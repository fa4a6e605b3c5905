import { loadavg } from 'node:os';
import type { BenchResult, BenchSetting, BenchSettings } from '../model/index.js';
import { describeEnvironment } from './environment.js';
import type { Executor } from './executor.js';
import { advise } from './guidance.js';
import { measureMemory } from './measure-memory.js';
import { planSettings } from './plan.js';
import { createRandom } from './random.js';
import { type RoundProgress, runRounds } from './run-rounds.js';
import { summarizeCancellations } from './summarize-cancellations.js';
import { summarizeCells } from './summarize-cells.js';
import { findWarnings } from './warnings.js';

/** How far a bench has come. */
export type BenchProgress =
  | { readonly phase: 'prepare'; readonly done: number; readonly total: number }
  | { readonly phase: 'memory'; readonly done: number; readonly total: number }
  | { readonly phase: 'warm-up'; readonly done: number; readonly total: number }
  | ({ readonly phase: 'measure' } & RoundProgress);

export interface BenchOptions {
  readonly settings: BenchSettings;
  /** Opens what the streams run on; the bench closes it. */
  readonly openExecutor: (onPrepare: (done: number, total: number) => void) => Promise<Executor>;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: BenchProgress) => void;
  /** The time, in milliseconds. Default: the system's monotonic clock. */
  readonly now?: () => number;
}

/**
 * Measures every setting of the sweep and says what follows from it.
 *
 * @throws BenchError when rows were wrong or a process died; the signal's reason when it was aborted.
 *
 * @example
 * const target = demoTarget(packageRoot);
 * const result = await runBench({
 *   settings, signal, openExecutor: (onPrepare) => openProcessExecutor({ target, settings, signal, onPrepare }),
 * });
 */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const { settings, signal, openExecutor, onProgress = () => {}, now = () => performance.now() } = options;
  const startedAt = new Date().toISOString();
  const startedMs = now();
  const loadBefore = loadavg()[0] ?? 0;
  const executor = await openExecutor((done, total) => onProgress({ phase: 'prepare', done, total }));
  try {
    const plan = planSettings(settings);
    const memory = await measureMemory(executor, plan, signal, onProgress);
    await warmUp(executor, plan, signal, onProgress);
    const { rounds, measured } = await runRounds({
      executor,
      settings,
      plan,
      random: createRandom(settings.seed),
      signal,
      startedMs,
      now,
      onStep: (progress) => onProgress({ phase: 'measure', ...progress }),
    });
    const cells = summarizeCells(plan, measured, memory, executor.table);
    const cancellations = summarizeCancellations(plan, measured);
    const environment = describeEnvironment(executor);
    return {
      schemaVersion: 1,
      startedAt,
      durationSeconds: (now() - startedMs) / 1000,
      rounds,
      settings,
      environment,
      table: executor.table,
      cells,
      cancellations,
      guidance: advise({ cells, cancellations }),
      warnings: findWarnings({
        settings,
        rounds,
        cells,
        cancellations,
        cores: environment.cores,
        loadBefore,
        debugger: isDebugged(),
      }),
    };
  } finally {
    await executor.close();
  }
}

/** Rows enough for the engine to compile what is hot; the same for every setting, so that none is favoured. */
const WARM_UP_ROWS = 10_000;

async function warmUp(
  executor: Executor,
  plan: readonly BenchSetting[],
  signal: AbortSignal,
  onProgress: (progress: BenchProgress) => void,
): Promise<void> {
  for (const [index, setting] of plan.entries()) {
    signal.throwIfAborted();
    await executor.stream(setting, { limit: Math.min(WARM_UP_ROWS, executor.table.rows) });
    onProgress({ phase: 'warm-up', done: index + 1, total: plan.length });
  }
}

function isDebugged(): boolean {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((option) => /--(inspect|prof)\b/.test(option));
}
