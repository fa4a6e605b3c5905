import type { BenchEnvironment, BenchResult, BenchScenario, BenchSettings } from '../results/index.js';
import { describeEnvironment, readMachineState } from './environment.js';
import type { Executor } from './executor.js';
import { advise, isPreciseEnough } from './guidance/advice.js';
import { summarizeScenarios } from './guidance/summarize.js';
import { findWarnings } from './guidance/warnings.js';
import type { Journal, JournalRun } from './journal.js';
import { planBench } from './plan.js';
import { measure } from './rounds/measure.js';
import { type BenchProgress, type Measurement, Measurements } from './rounds/measurements.js';

export interface RunScenariosOptions {
  readonly settings: BenchSettings;
  /** Opens the executor of the streams; the bench closes it. */
  readonly openExecutor: (onPrepare: (done: number, total: number) => void) => Promise<Executor>;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: BenchProgress) => void;
  /** Stores every measurement at once, and returns those of an interrupted run. Default: none. */
  readonly journal?: Journal;
  /** A folder of the repository whose commit is noted. Default: the working directory. */
  readonly cwd?: string;
  /** The time, in milliseconds. Default: the system's monotonic clock. */
  readonly now?: () => number;
}

/**
 * Measures every setting of the chosen scenarios, and derives the advice from the figures.
 *
 * @throws BenchError when rows were wrong or a process died; the signal's reason when it was aborted.
 *
 * @example
 * const target = demoTarget(packageRoot);
 * const result = await runScenarios({
 *   settings, signal, openExecutor: (onPrepare) => openProcessExecutor({ target, settings, signal, onPrepare }),
 * });
 *
 */
export async function runScenarios(options: RunScenariosOptions): Promise<BenchResult> {
  const { settings, signal, openExecutor, onProgress = () => {}, now = () => performance.now() } = options;
  const startedMs = now();
  const startedAt = options.journal?.startedAt ?? new Date().toISOString();
  const machine = await readMachineState();
  const executor = await openExecutor((done, total) => onProgress({ phase: 'prepare', done, total }));
  try {
    /** An existing table may have fewer rows than requested, and of another size. */
    const plan = planBench({ ...settings, ...executor.size, queries: [...(executor.queries?.names ?? [])] });
    const environment = await describeEnvironment(executor, options.cwd ?? process.cwd());
    const measured = new Measurements(await options.journal?.begin(journalRun(settings, executor, environment)));
    const onMeasured = async (measurement: Measurement) => {
      measured.add(measurement);
      await options.journal?.record(measurement, now() - startedMs);
    };
    const facts = await measure(plan, {
      executor,
      settings,
      measured,
      signal,
      startedMs,
      now,
      onMeasured,
      onProgress,
      isEnough: () => isPreciseEnough(summarizeScenarios(plan, measured).cells),
    });
    const summaries = summarizeScenarios(plan, measured);
    return {
      schemaVersion: 3,
      startedAt,
      durationSeconds: ((options.journal?.spentMs ?? 0) + now() - startedMs) / 1000,
      rounds: facts.rounds,
      settings,
      conditions: [...measured.conditions],
      measuredSeconds: measured.inRoundsMs / 1000,
      environment,
      table: executor.tables[0],
      tables: executor.tables,
      ...summaries,
      scenarios: withNotes(summaries.scenarios, executor.queries?.notes),
      guidance: advise({ ...summaries, configured: settings.configured }),
      warnings: findWarnings({
        conditions: measured.conditions,
        ...machine,
        ...facts,
        ...summaries,
        settings,
        environment,
        table: executor.tables[0],
      }),
    };
  } finally {
    await executor.close();
  }
}

/** What a table lacks is said where its queries are. */
function withNotes(scenarios: readonly BenchScenario[], notes: readonly string[] = []): readonly BenchScenario[] {
  return notes.length === 0 ? scenarios : scenarios.map((one) => (one.name === 'queries' ? { ...one, notes } : one));
}

function journalRun(settings: BenchSettings, { tables, address }: Executor, environment: BenchEnvironment): JournalRun {
  const { cpu, cores, node, os, packages, database } = environment;
  const versions = { ...packages, database: `${database.provider} ${database.version}` };
  const [{ source, model }] = tables;
  return {
    settings,
    target: [source, model, ...(address === null ? [] : [address])].join(' '),
    tables,
    machine: { cpu, cores: `${cores}`, node, os, ...versions },
  };
}
