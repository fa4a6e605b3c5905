export type { BenchFlags } from './bench-flags.js';
export type { BenchProgress } from './measuring.js';
export { openProcessExecutor, type ProcessExecutor, type ProcessExecutorOptions } from './process-executor.js';
export { fullSettings, quickSettings, resolveBenchSettings } from './resolve-settings.js';
export { type BenchOptions, runBench } from './run-bench.js';
export { historyFile, saveResult } from './save-result.js';
export { type BenchTarget, demoTarget, type ProjectTargetOptions, projectTarget } from './target.js';
