export { type GeneratedFiles, type GenerateOptions, generate, LOCK_FILE } from './generate.js';
export { applyChanges, type FileChange, planChanges } from './write-files.js';
