export { clientFacts } from './client-file.js';
export { type GeneratedFiles, generateFiles, LOCK_FILE } from './generate-files.js';
export { planChanges, planOnce, readGenerated } from './plan-changes.js';
export { RUNTIME_PACKAGE, type RuntimePackage, WHOLE_PACKAGE } from './runtime-package.js';
export { codecImport } from './stream-file.js';
