/**
 * Measures what the settings of a stream do, and prints nothing. Its rooms import from the rows below their own only:
 *
 * run-scenarios, saved-results
 * comparison, guidance, journal, processes, settings
 * rounds
 * client, server, environment, plan
 * database, scenarios, statistics, wire
 * executor, loop-meter
 */

export { assertSameMachine } from './comparison/compare-environments.js';
export {
  compareResults,
  defaultFailOn,
  type FailOn,
  type Judgement,
  judgeComparison,
  parseFailOn,
} from './comparison/compare-results.js';
export { findUnmet, parseExpectations, type UnmetExpectation } from './comparison/expectations.js';
export { ratedRun } from './comparison/rated-run.js';
export { FEWEST_ROUNDS, runSideBySide } from './comparison/side-by-side.js';
export { countRowsOf } from './database/find-many.js';
export { type BenchTarget, demoTarget, projectTarget } from './database/target.js';
export { createJournal, type Journal, latestJournal, reopenJournal } from './journal.js';
export { expectDuration } from './plan.js';
export { openProcessExecutor, type ProcessExecutor } from './processes/process-executor.js';
export { processEntries } from './processes/process-pool.js';
export { openRemoteExecutor, type RemoteServer } from './processes/remote-executor.js';
export type { BenchProgress } from './rounds/measurements.js';
export { type RunScenariosOptions, runScenarios } from './run-scenarios.js';
export { historyFile, journalFile, readLatestResult, readResult, saveResult } from './saved-results.js';
export { scenarioNamed } from './scenarios/index.js';
export type { BenchFlags } from './settings/flags.js';
export { fullSettings, quickSettings, resolveBenchSettings, withConfigured } from './settings/resolve-settings.js';
