import { connect } from 'node:http2';
import * as api from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTelemetryCalls, openTelemetryMetrics, openTelemetryTracing } from '../../src/runtime/index.js';
import { checkHealth } from '../../src/server/index.js';
import { inMemoryDelegate, stallAtRow } from '../../src/testing/index.js';
import { countItems, type ItemServer, METHOD, readItems, serverWith } from '../support/item-server.js';
import { itemRows } from '../support/items.js';
import { waitFor } from '../support/wait-for.js';

const NAME = METHOD.slice(1);
const spans = new InMemorySpanExporter();
const tracers = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const metrics = new InMemoryMetricExporter(AggregationTemporality.DELTA);
const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
const meters = new MeterProvider({ readers: [reader] });

beforeAll(() => {
  tracers.register();
  api.metrics.setGlobalMeterProvider(meters);
});
beforeEach(async () => {
  await reader.forceFlush();
  metrics.reset();
  spans.reset();
});
afterAll(async () => {
  await tracers.shutdown();
  await meters.shutdown();
  for (const part of [api.trace, api.metrics, api.context, api.propagation]) part.disable();
});

function watchedServer(options: Parameters<typeof serverWith>[0] = {}): Promise<ItemServer> {
  return serverWith({
    observers: [openTelemetryCalls({ api, except: (method) => method.startsWith('grpc.health.') })],
    metrics: [openTelemetryMetrics(api.metrics.getMeter('test')), openTelemetryTracing({ api })],
    ...options,
  });
}

const spansOfKind = (kind: api.SpanKind) => spans.getFinishedSpans().filter((span) => span.kind === kind);

/** The one call that there was, as it was told. */
async function onlyCall(): Promise<{ readonly span: ReadableSpan; readonly duration: DataPoint<Histogram> }> {
  await waitFor('the span', () => spansOfKind(api.SpanKind.SERVER).length > 0);
  await reader.forceFlush();
  const all = metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const durations = all.filter(({ descriptor }) => descriptor.name === 'rpc.server.call.duration');
  const points = durations.flatMap(({ dataPoints }) => dataPoints as DataPoint<Histogram>[]);
  const [span, ...others] = spansOfKind(api.SpanKind.SERVER);
  const [duration] = points;
  if (!span || !duration) throw new Error('no span, or no duration');
  expect([others, points.map(({ value }) => value.count)]).toEqual([[], [1]]);
  return { span, duration };
}

describe('a call', () => {
  it('has one span and one duration by the conventions for gRPC, and its stream a span within it', async () => {
    const server = await watchedServer();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await countItems(server.connect(), { metadata: { traceparent } });
    const { span, duration } = await onlyCall();
    const rpc = { 'rpc.system.name': 'grpc', 'rpc.method': NAME, 'rpc.status_code': 'OK' };
    expect(span).toMatchObject({ name: NAME, status: { code: api.SpanStatusCode.UNSET } });
    expect(span.attributes).toEqual({
      ...rpc,
      'server.address': '127.0.0.1',
      'server.port': server.server.port,
      'network.peer.address': '127.0.0.1',
      'network.peer.port': expect.any(Number),
    });
    expect(span.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(span.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(duration.attributes).toEqual(rpc);
    expect(duration.value.buckets.boundaries).toEqual([
      0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ]);

    await waitFor('the stream', () => spansOfKind(api.SpanKind.INTERNAL).length > 0);
    const [stream] = spansOfKind(api.SpanKind.INTERNAL);
    expect(stream).toMatchObject({ name: 'stream Item', attributes: { 'grpc_stream.rows': 100 } });
    expect(stream?.parentSpanContext?.spanId).toBe(span.spanContext().spanId);
  });

  it('is recorded when it is refused as well, which is no error of the server', async () => {
    const server = await watchedServer({ authenticate: () => undefined });
    await countItems(server.connect());
    const { span, duration } = await onlyCall();
    expect(span.attributes['rpc.status_code']).toBe('UNAUTHENTICATED');
    expect(span.status.code).toBe(api.SpanStatusCode.UNSET);
    for (const { attributes } of [span, duration]) expect(attributes).not.toHaveProperty('error.type');
  });

  it('is an error if the conventions say so', async () => {
    const server = await watchedServer({ authenticate: () => Promise.reject(new Error('no sessions')) });
    await countItems(server.connect());
    const { span, duration } = await onlyCall();
    expect(span.status).toEqual({ code: api.SpanStatusCode.ERROR });
    for (const { attributes } of [span, duration])
      expect(attributes).toMatchObject({ 'rpc.status_code': 'INTERNAL', 'error.type': 'INTERNAL' });
  });

  it('has the status with which grpc-js itself answers', async () => {
    const server = await watchedServer({ maxRequestBytes: 1024 });
    const large = server
      .connect()
      .makeServerStreamRequest(METHOD, (text: string) => Buffer.from(text), Buffer.from, 'x'.repeat(10_000));
    await new Promise((resolve) => large.once('error', resolve));
    expect((await onlyCall()).span.attributes['rpc.status_code']).toBe('RESOURCE_EXHAUSTED');
  });

  it('has the status of a client that was reset', async () => {
    const delegate = inMemoryDelegate(itemRows(20_000, 1000));
    const server = await watchedServer({ delegate, settings: { yieldTimeout: 0.3 } });
    const slow = readItems(server.connect());
    slow.call.once('data', () => slow.call.pause());
    expect((await onlyCall()).span.attributes['rpc.status_code']).toBe('RESOURCE_EXHAUSTED');
  });

  it('has the status of a client that left, which is no error', async () => {
    const stalled = await watchedServer({ delegate: stallAtRow(50, inMemoryDelegate(itemRows(100))) });
    const left = readItems(stalled.connect());
    await waitFor('the stream', () => stalled.calls.length === 1);
    left.call.cancel();
    const { span } = await onlyCall();
    expect(span.attributes['rpc.status_code']).toBe('CANCELLED');
    expect(span.status.code).toBe(api.SpanStatusCode.UNSET);
  });

  it('is not reported when it is a health check', async () => {
    const server = await watchedServer();
    expect(await checkHealth({ address: server.server.address })).toBe('SERVING');
    await countItems(server.connect());
    expect((await onlyCall()).span.name).toBe(NAME);
  });

  it.each([
    ['books.example.com:443', { 'server.address': 'books.example.com', 'server.port': 443 }],
    ['[::1]:50051', { 'server.address': '::1', 'server.port': 50_051 }],
    ['books', { 'server.address': 'books' }],
    ['books:1:2', {}],
    [`${'x'.repeat(300)}:1`, {}],
  ])('has the server address that the client named %s', async (authority, expected) => {
    const server = await watchedServer();
    const session = connect(`http://${server.server.address}`);
    const headers = { ':method': 'POST', ':path': METHOD, ':authority': authority };
    const stream = session.request({ ...headers, 'content-type': 'application/grpc', te: 'trailers' });
    stream.resume().end(Buffer.alloc(5));
    const { span } = await onlyCall();
    session.destroy();
    const named = Object.entries(span.attributes).filter(([key]) => key.startsWith('server.'));
    expect(Object.fromEntries(named)).toEqual(expected);
  });
});

describe('a line of the log', () => {
  it('is written in the context of its call', async () => {
    const traces: (string | undefined)[] = [];
    const note = () => void traces.push(api.trace.getSpanContext(api.context.active())?.traceId);
    const server = await watchedServer({ accessLogger: { debug: note, info: note, warn: note, error: note } });
    await countItems(server.connect());
    await waitFor('the line', () => traces.length > 0);
    expect(traces).toEqual([(await onlyCall()).span.spanContext().traceId]);
  });
});
