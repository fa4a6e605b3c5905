export { diskError } from './disk-error.js';
export { makeFolder } from './make-folder.js';
export { errnoOf, readFileIfAny } from './read-file.js';
export { replaceFile } from './replace-file.js';
export { applyChanges, type FileChange } from './write-files.js';
