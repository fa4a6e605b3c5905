import type { BenchEnvironment, BenchResult, BenchSettings } from '../results/index.js';
import { describeEnvironment } from './environment/environment.js';
import { readMachineFacts } from './environment/machine-facts.js';
import { findWarnings } from './environment/warnings.js';
import { advise } from './guidance/guidance.js';
import { summarizeScenarios } from './guidance/summarize-scenarios.js';
import { type BenchPlan, planBench } from './plan/plan.js';
import type { Journal } from './results/journal.js';
import type { JournalRun } from './results/read-journal.js';
import type { Executor } from './rounds/executor.js';
import { watchForeignLoad } from './rounds/foreign-load.js';
import { measureFresh } from './rounds/measure-fresh.js';
import { type Measurement, Measurements } from './rounds/measurements.js';
import type { BenchProgress, MeasuringOptions } from './rounds/measuring.js';
import { runRounds } from './rounds/run-rounds.js';
import { warmUp } from './rounds/warm-up.js';

export interface BenchOptions {
  readonly settings: BenchSettings;
  /** Opens what the streams run on; the bench closes it. */
  readonly openExecutor: (onPrepare: (done: number, total: number) => void) => Promise<Executor>;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: BenchProgress) => void;
  /** Keeps every measurement as soon as it is made, and hands back those of a run that was interrupted. Default: none. */
  readonly journal?: Journal;
  /** Where the repository is whose commit is noted. Default: the working directory. */
  readonly cwd?: string;
  /** The time, in milliseconds. Default: the system's monotonic clock. */
  readonly now?: () => number;
}

/**
 * Measures every setting of the plan and says what follows from it.
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
  const { settings, openExecutor, onProgress = () => {}, now = () => performance.now() } = options;
  const startedMs = now();
  const startedAt = options.journal?.startedAt ?? new Date().toISOString();
  const machine = await readMachineFacts();
  const executor = await openExecutor((done, total) => onProgress({ phase: 'prepare', done, total }));
  try {
    /** A table that was there may have fewer rows than may be read of it, and of another size. */
    const plan = planBench({ ...settings, ...executor.size });
    const environment = await describeEnvironment(executor, options.cwd ?? process.cwd());
    const measured = new Measurements(await options.journal?.begin(journalRun(settings, executor, environment)));
    const onMeasured = async (measurement: Measurement) => {
      measured.add(measurement);
      await options.journal?.record(measurement);
    };
    const { signal } = options;
    const facts = await measure(plan, { executor, settings, measured, signal, startedMs, now, onMeasured, onProgress });
    const summaries = summarizeScenarios(plan, measured);
    return {
      schemaVersion: 2,
      startedAt,
      durationSeconds: (now() - startedMs) / 1000,
      rounds: facts.rounds,
      settings,
      environment,
      table: executor.tables[0],
      tables: executor.tables,
      ...summaries,
      guidance: advise(summaries),
      warnings: findWarnings({ ...machine, ...facts, ...summaries, settings, environment, table: executor.tables[0] }),
    };
  } finally {
    await executor.close();
  }
}

async function measure(plan: BenchPlan, options: MeasuringOptions) {
  if (options.executor.isOurs) await measureFresh(plan.fresh, options);
  const steady = await warmUp(plan.cells, options);
  const foreignLoad = await watchForeignLoad(options.executor);
  const rounds = await runRounds(plan, options);
  return { rounds, plannedRounds: plan.rounds, steady, foreignCores: await foreignLoad() };
}

function journalRun(settings: BenchSettings, { tables, address }: Executor, environment: BenchEnvironment): JournalRun {
  const { cpu, cores, node, os, packages, database } = environment;
  const versions = { ...packages, database: `${database.provider} ${database.version}` };
  const [{ source, model }] = tables;
  return {
    settings,
    target: [source, model, ...(address === null ? [] : [address])].join(' '),
    tables: [...tables],
    machine: { cpu, cores: `${cores}`, node, os, ...versions },
  };
}
