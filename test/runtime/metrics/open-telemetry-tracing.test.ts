import { Metadata } from '@grpc/grpc-js';
import * as api from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { iterableSource, openTelemetryTracing, type StreamEnd, streamQuery } from '../../../src/runtime/index.js';
import { inMemoryDelegate } from '../../../src/testing/index.js';
import { ENDINGS, runToEnd } from '../../support/every-end.js';
import { endOf, openItems } from '../../support/item-readers.js';
import { serveItems } from '../../support/item-service.js';
import { itemRows } from '../../support/items.js';
import { waitFor } from '../../support/wait-for.js';

const METHOD = 'test.v1.ItemStreamService/StreamItems';
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

beforeAll(() => provider.register());
beforeEach(() => exporter.reset());
afterAll(async () => {
  await provider.shutdown();
  api.trace.disable();
  api.context.disable();
  api.propagation.disable();
});

const ERRORS: readonly StreamEnd[] = ['deadline', 'shutdown', 'failed'];

describe('openTelemetryTracing', () => {
  it.each(
    Object.keys(ENDINGS) as StreamEnd[],
  )('gives a stream that ended as %s one span, with all its figures', async (end) => {
    const summary = await runToEnd(end, openTelemetryTracing({ api }));
    const spans = exporter.getFinishedSpans();
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({ name: METHOD, kind: api.SpanKind.SERVER });
    const { status, rows, messages, bytes, rowsRead, queries, chunkSize, peakQueuedBytes, times } = summary;
    const isError = ERRORS.includes(end);
    expect(spans[0]?.attributes).toEqual({
      'rpc.system.name': 'grpc',
      'rpc.method': METHOD,
      'rpc.status_code': status,
      ...(isError ? { 'error.type': status } : {}),
      'grpc_stream.model': 'Item',
      'grpc_stream.end': end,
      'grpc_stream.rows': rows,
      'grpc_stream.messages': messages,
      'grpc_stream.sent': bytes,
      'grpc_stream.rows_read': rowsRead,
      'grpc_stream.queries': queries,
      'grpc_stream.chunk_size': chunkSize,
      'grpc_stream.peak_queued': peakQueuedBytes,
      'grpc_stream.time.database': times.databaseMs / 1000,
      'grpc_stream.time.encode': times.encodeMs / 1000,
      'grpc_stream.time.write': times.writeMs / 1000,
      'grpc_stream.time.drain': times.drainMs / 1000,
    });
    expect(spans[0]?.status.code).toBe(isError ? api.SpanStatusCode.ERROR : api.SpanStatusCode.UNSET);
    const events = spans[0]?.events.map(({ name }) => name);
    const firstRow = summary.firstRowMs === undefined ? [] : ['first row'];
    expect(events).toEqual(end === 'failed' ? [...firstRow, 'exception'] : firstRow);
  });

  it("continues the client's trace", async () => {
    const metrics = openTelemetryTracing({ api });
    const server = await serveItems({ delegate: inMemoryDelegate(itemRows(10)), metrics });
    try {
      const metadata = new Metadata();
      metadata.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
      const stream = openItems(server.client, { metadata });
      stream.resume();
      await endOf(stream);
      await waitFor('the span', () => exporter.getFinishedSpans().length > 0);
    } finally {
      await server.close();
    }
    const [span] = exporter.getFinishedSpans();
    expect(span?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(span?.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true });
  });

  it('ignores an invalid traceparent', async () => {
    const server = await serveItems({
      delegate: inMemoryDelegate(itemRows(10)),
      metrics: openTelemetryTracing({ api }),
    });
    try {
      const metadata = new Metadata();
      metadata.set('traceparent', '00-zz-zz-01');
      const stream = openItems(server.client, { metadata });
      stream.resume();
      expect((await endOf(stream)).name).toBe('OK');
      await waitFor('the span', () => exporter.getFinishedSpans().length > 0);
    } finally {
      await server.close();
    }
    expect(exporter.getFinishedSpans()[0]?.parentSpanContext).toBeUndefined();
  });

  it('makes the span of a streamQuery a child of the active one', async () => {
    const tracer = api.trace.getTracer('test');
    await tracer.startActiveSpan('handler', async (handler) => {
      const metrics = openTelemetryTracing({ api, tracer });
      const stream = streamQuery<number>({
        query: iterableSource([1, 2]),
        toMessage: (row) => row,
        name: 'report',
        metrics,
      });
      for await (const _ of stream);
      handler.end();
    });
    const [inner, outer] = exporter.getFinishedSpans();
    expect(inner).toMatchObject({ name: 'streamQuery report', kind: api.SpanKind.INTERNAL });
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(inner?.attributes).toMatchObject({ 'grpc_stream.rows': 2, 'grpc_stream.end': 'done' });
  });
});
