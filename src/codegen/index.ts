export { clientFacts } from './client-file.js';
export { type GeneratedFiles, generateFiles, LOCK_FILE } from './generate-files.js';
export { planChanges, planOnce } from './plan-changes.js';
export { codecImport } from './stream-file.js';
export type { CodecCache } from './ts-proto.js';
