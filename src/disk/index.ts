export { errnoOf, isMissing, readFileIfAny } from './read-file.js';
export { applyChanges, diskError, type FileChange, replaceFile, type WriteOptions } from './write-files.js';
