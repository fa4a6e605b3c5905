export { openProcessExecutor, type ProcessExecutor, type ProcessExecutorOptions } from './process-executor.js';
export { type BenchFlags, fullSettings, quickSettings, resolveBenchSettings } from './resolve-settings.js';
export { type BenchOptions, type BenchProgress, runBench } from './run-bench.js';
export { historyFile, saveResult } from './save-result.js';
export { type BenchTarget, demoTarget, type ProjectTargetOptions, projectTarget } from './target.js';
