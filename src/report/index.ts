export { formatDuration, formatScaled } from './format-number.js';
export { type RenderOptions, renderBench } from './render-bench.js';
export { renderComparison } from './render-comparison.js';
export { renderCsv } from './render-csv.js';
export { renderMarkdown } from './render-markdown.js';
export { renderPrometheus } from './render-prometheus.js';
export { wrapText } from './terminal.js';
