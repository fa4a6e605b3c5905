export { diskError } from './disk-error.js';
export { errnoOf, readFileIfAny } from './read-file.js';
export { applyChanges, type FileChange, makeFolder, replaceFile } from './write-files.js';
