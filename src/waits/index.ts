export { abortable, aborted, type Deferred, deferred, inTime, onAbort } from './waits.js';
