import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import client from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openTelemetryMetrics,
  prometheusMetrics,
  type StreamEnd,
  type StreamMetrics,
  type StreamSummary,
} from '../../../src/runtime/index.js';
import { inMemoryDelegate } from '../../../src/testing/index.js';
import { ENDINGS, runToEnd } from '../../support/every-end.js';
import { readOverLoopback } from '../../support/item-readers.js';
import { serveItems } from '../../support/item-service.js';
import { itemRows } from '../../support/items.js';
import { waitFor } from '../../support/wait-for.js';

const METHOD = 'test.v1.ItemStreamService/StreamItems';

/** A time series as a scraper sees it: the name in Prometheus, and what is observed so many times for a histogram. */
interface Seen {
  readonly name: string;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly value: number;
}

interface Adapter {
  readonly metrics: StreamMetrics;
  read(): Promise<Seen[]>;
  close(): Promise<void>;
}

function prometheus(): Adapter {
  const register = new client.Registry();
  return {
    metrics: prometheusMetrics({ client, register }),
    async read() {
      const metrics = await register.getMetricsAsJSON();
      return metrics.flatMap(({ name, values }) =>
        (values as { labels: Record<string, unknown>; value: number; metricName?: string }[]).map((value) => ({
          name: value.metricName ?? name,
          labels: value.labels,
          value: value.value,
        })),
      );
    },
    close: async () => register.clear(),
  };
}

/** Read back by the names that an exporter would give them in Prometheus. */
function openTelemetry(): Adapter {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  return {
    metrics: openTelemetryMetrics(provider.getMeter('test')),
    async read() {
      exporter.reset();
      await reader.forceFlush();
      const [resource] = exporter.getMetrics();
      const metrics = resource?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
      return metrics.flatMap(({ descriptor, dataPoints, ...kind }) => {
        const suffix = { s: '_seconds', By: '_bytes' }[descriptor.unit] ?? '';
        const total = 'isMonotonic' in kind && kind.isMonotonic ? '_total' : '';
        const name = `${descriptor.name.replaceAll('.', '_')}${suffix}${total}`;
        return dataPoints.map(({ attributes, value }) => {
          const labels = Object.fromEntries(Object.entries(attributes).map(([key, v]) => [LABELS[key] ?? key, v]));
          return typeof value === 'number'
            ? { name, labels, value }
            : { name: `${name}_count`, labels, value: 'count' in value ? value.count : Number.NaN };
        });
      });
    },
    close: () => provider.shutdown(),
  };
}

const LABELS: Readonly<Record<string, string>> = {
  'grpc_stream.model': 'model',
  'rpc.method': 'method',
  'rpc.status_code': 'status',
  'grpc_stream.end': 'end',
  'grpc_stream.phase': 'phase',
};

const adapters: Readonly<Record<string, () => Adapter>> = {
  'prom-client': prometheus,
  "OpenTelemetry's SDK": openTelemetry,
};

/** The sum of what matches. */
function total(seen: readonly Seen[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  const matching = seen.filter(
    (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  );
  if (matching.length === 0) throw new Error(`nothing is called ${name} ${JSON.stringify(labels)}`);
  return matching.reduce((sum, { value }) => sum + value, 0);
}

describe.each(Object.entries(adapters))('the metrics in %s', (_, create) => {
  let adapter: Adapter;
  let seen: Seen[];
  const summaries: StreamSummary[] = [];
  const sum = (of: (summary: StreamSummary) => number) => summaries.reduce((all, one) => all + of(one), 0);

  beforeAll(async () => {
    adapter = create();
    for (const end of Object.keys(ENDINGS) as StreamEnd[]) summaries.push(await runToEnd(end, adapter.metrics));
    seen = await adapter.read();
  });
  afterAll(() => adapter.close());

  it.each(Object.keys(ENDINGS))('count a stream that ended as %s, with its status', (end) => {
    const status = summaries.find((summary) => summary.end === end)?.status ?? '';
    expect(total(seen, 'grpc_stream_ended_total', { model: 'Item', method: METHOD, end, status })).toBe(1);
    expect(total(seen, 'grpc_stream_ended_total', { end })).toBe(1);
  });

  it('add up to exactly what was streamed', () => {
    const labels = { model: 'Item', method: METHOD };
    expect(total(seen, 'grpc_stream_started_total', labels)).toBe(summaries.length);
    expect(total(seen, 'grpc_stream_rows_total', labels)).toBe(sum(({ rows }) => rows));
    expect(total(seen, 'grpc_stream_messages_total', labels)).toBe(sum(({ messages }) => messages));
    expect(total(seen, 'grpc_stream_sent_bytes_total', labels)).toBe(sum(({ bytes }) => bytes));
    expect(total(seen, 'grpc_stream_rows_read_total', labels)).toBe(sum(({ rowsRead }) => rowsRead));
    for (const phase of ['database', 'encode', 'write', 'drain'] as const) {
      const seconds = sum(({ times }) => times[`${phase}Ms`]) / 1000;
      expect(total(seen, 'grpc_stream_time_seconds_total', { ...labels, phase })).toBeCloseTo(seconds, 6);
    }
  });

  it('observe each stream and each query once', () => {
    const streams = summaries.length;
    expect(total(seen, 'grpc_stream_duration_seconds_count')).toBe(streams);
    const withRows = summaries.filter(({ firstRowMs }) => firstRowMs !== undefined);
    expect(total(seen, 'grpc_stream_first_row_seconds_count')).toBe(withRows.length);
    expect(total(seen, 'grpc_stream_phase_seconds_count', { phase: 'drain' })).toBe(streams);
    expect(total(seen, 'grpc_stream_query_seconds_count')).toBe(sum(({ queries }) => queries));
  });

  it('show no running stream after the end', () => {
    expect(total(seen, 'grpc_stream_running')).toBe(0);
    expect(total(seen, 'grpc_stream_queued_bytes')).toBe(0);
  });

  it.runIf(create === openTelemetry)('record the histogram of calls of the conventions', () => {
    const calls = { 'rpc.system.name': 'grpc', method: METHOD };
    expect(total(seen, 'rpc_server_call_duration_seconds_count', calls)).toBe(summaries.length);
  });

  it('are right during a stream', async () => {
    const live = create();
    const server = await serveItems({ delegate: inMemoryDelegate(itemRows(20_000, 1000)), metrics: live.metrics });
    try {
      const reader = readOverLoopback(server.client, { stopAfter: 100 });
      await waitFor('the client to stop', () => reader.rows.length === 100);
      const first = await live.read();
      expect(total(first, 'grpc_stream_running')).toBe(1);
      expect(total(first, 'grpc_stream_rows_total')).toBeGreaterThanOrEqual(100);
      expect(total(first, 'grpc_stream_rows_total')).toBeLessThan(20_000);
      reader.resume();
      await reader.ended;
      await waitFor('the end', () => server.summaries.length > 0);
      const last = await live.read();
      expect(total(last, 'grpc_stream_running')).toBe(0);
      expect(total(last, 'grpc_stream_rows_total')).toBe(20_000);
    } finally {
      await server.close();
      await live.close();
    }
  });
});
