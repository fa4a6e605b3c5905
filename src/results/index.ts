export type * from './bench-cell.js';
export { describeLoad, isPaced, loadWords, plainLoad } from './bench-load.js';
export { type ClearSettings, clearSettings } from './clear-settings.js';
export type * from './comparison.js';
export type * from './result.js';
export type * from './setting.js';
