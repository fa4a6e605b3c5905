export { type ClientFacts, clientFacts } from './client-facts.js';
export { describeApiChange } from './describe-api-change.js';
export { type GeneratedFiles, type GenerateOptions, generate, LOCK_FILE } from './generate.js';
export { planChanges, planOnce } from './plan-changes.js';
export type { CodecCache } from './run-ts-proto.js';
export { codecImport } from './stream-file.js';
