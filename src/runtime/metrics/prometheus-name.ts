import type { MetricFacts } from './metric-catalogue.js';

const UNIT_SUFFIXES: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' };

/** What OpenTelemetry's exporter for Prometheus would make of it: one dashboard reads both. */
export function prometheusName({ name, unit }: Pick<MetricFacts, 'name' | 'unit'>, kind?: 'counter'): string {
  return `grpc_stream_${name}${UNIT_SUFFIXES[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`;
}
