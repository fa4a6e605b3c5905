export { formatDuration } from './format-number.js';
export { type RenderOptions, renderBench } from './render-bench.js';
