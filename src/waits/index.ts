export { aborted } from './aborted.js';
export { type Deferred, deferred } from './deferred.js';
export { inTime } from './in-time.js';
export { onAbort } from './on-abort.js';
export { abortable } from './waits.js';
