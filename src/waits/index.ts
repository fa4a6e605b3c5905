export { Semaphore } from './semaphore.js';
export {
  abortable,
  aborted,
  backoffMs,
  type Deferred,
  deferred,
  inTime,
  onAbort,
  sleep,
  type TimeLimit,
  timeLimit,
} from './waits.js';
