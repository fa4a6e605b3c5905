export { assertSameMachine } from './comparison/compare-environments.js';
export { type CompareResultsOptions, compareResults } from './comparison/compare-results.js';
export { defaultFailOn, type FailOn, findRegressions, parseFailOn } from './comparison/find-regressions.js';
export { ratedRun } from './comparison/rated-run.js';
export { countRowsOf } from './database/find-many.js';
export { expectDuration, type PlanSize } from './plan/expected-duration.js';
export { processEntries } from './processes/process-entries.js';
export {
  openProcessExecutor,
  type ProcessExecutor,
  type ProcessExecutorOptions,
} from './processes/process-executor.js';
export { type BenchTarget, demoTarget, type ProjectTargetOptions, projectTarget } from './processes/target.js';
export { openTargetExecutor, type RemoteServer, type TargetExecutorOptions } from './processes/target-executor.js';
export { createJournal, type Journal, type JournalOptions, reopenJournal } from './results/journal.js';
export { latestJournal } from './results/read-journal.js';
export { readLatestResult, readResult } from './results/read-result.js';
export { resultJsonSchema } from './results/result-schema.js';
export { historyFile, journalFile, saveResult } from './results/save-result.js';
export type { BenchProgress } from './rounds/measuring.js';
export { type BenchOptions, runBench } from './run-bench.js';
export { scenarioNamed } from './scenarios/index.js';
export { flagName } from './settings/assert-heeded.js';
export type { BenchFlags } from './settings/bench-flags.js';
export { fullSettings, quickSettings, resolveBenchSettings } from './settings/resolve-settings.js';
export { FEWEST_ROUNDS, runSideBySide, type SideBySideProgress } from './side-by-side/run-side-by-side.js';
