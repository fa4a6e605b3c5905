export type { BenchFlags } from './bench-flags.js';
export { expectDuration, type PlanSize } from './expected-duration.js';
export { createJournal, type Journal, type JournalOptions, reopenJournal } from './journal.js';
export type { BenchProgress } from './measuring.js';
export { openProcessExecutor, type ProcessExecutor, type ProcessExecutorOptions } from './process-executor.js';
export { latestJournal } from './read-journal.js';
