export { formatDuration, formatScaled } from './format-number.js';
export { renderBench } from './render-bench.js';
export { renderComparison, renderComparisonMarkdown } from './render-comparison.js';
export { renderCsv } from './render-csv.js';
export { renderMarkdown } from './render-markdown.js';
export { renderPrometheus } from './render-prometheus.js';
export { type RenderOptions, wrapText } from './terminal.js';
