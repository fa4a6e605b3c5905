import type { LatencyFigures } from '../../results/index.js';
import { quantile } from './statistics.js';

/** How long reads took: the usual, the tail and the longest; null where there were none. */
export function latencyFigures(times: readonly number[]): LatencyFigures | null {
  if (times.length === 0) return null;
  return {
    p50Ms: quantile(times, 0.5),
    p90Ms: quantile(times, 0.9),
    p99Ms: quantile(times, 0.99),
    maxMs: Math.max(...times),
  };
}
