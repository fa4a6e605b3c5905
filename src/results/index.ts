export type * from './comparison.js';
export type * from './result.js';
export type * from './result.js';
export { type ClearSettings, clearSettings } from './result.js';
export type * from './setting.js';
export { describeLoad, isPaced, loadWords, plainLoad } from './setting.js';
