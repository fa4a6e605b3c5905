export { isMissing, readFileIfAny } from './read-file.js';
export { applyChanges, diskError, type FileChange, replaceFile } from './write-files.js';
