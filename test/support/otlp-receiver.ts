import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

type Values = Readonly<Record<string, unknown>>;

export interface ReceivedSpan {
  readonly name: string;
  /** As OTLP numbers them: 1 internal, 2 server. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Values;
  /** 0 unset, 2 error. */
  readonly statusCode: number;
  readonly resource: Values;
}

export interface ReceivedPoint {
  readonly metric: string;
  readonly attributes: Values;
  /** The count, of a histogram. */
  readonly value: number;
  readonly resource: Values;
}

/** A collector of OpenTelemetry that keeps what it is sent: OTLP over HTTP, in JSON. */
export interface OtlpReceiver {
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  /** Of the last export of each process. */
  points(): readonly ReceivedPoint[];
  close(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const points = new Map<unknown, ReceivedPoint[]>();
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as Body;
    if (request.url === '/v1/traces') spans.push(...spansIn(body));
    for (const [process, read] of request.url === '/v1/metrics' ? pointsIn(body) : []) points.set(process, read);
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    points: () => [...points.values()].flat(),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Attribute {
  readonly key: string;
  readonly value: Values;
}

interface Body {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeMetrics: readonly { readonly metrics: readonly RawMetric[] }[];
  }[];
}

interface RawSpan extends Omit<ReceivedSpan, 'attributes' | 'statusCode' | 'resource'> {
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code?: number };
}

interface RawPoint {
  readonly attributes: readonly Attribute[];
  readonly asInt?: number | string;
  readonly asDouble?: number;
  readonly count?: number | string;
}

interface RawMetric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: readonly RawPoint[] };
  readonly histogram?: { readonly dataPoints: readonly RawPoint[] };
}

function spansIn({ resourceSpans = [] }: Body): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) =>
      scope.spans.map(({ status, attributes, ...span }) => ({
        ...span,
        attributes: valuesOf(attributes),
        statusCode: status.code ?? 0,
        resource: valuesOf(resource.attributes),
      })),
    ),
  );
}

function pointsIn({ resourceMetrics = [] }: Body): [process: unknown, points: ReceivedPoint[]][] {
  return resourceMetrics.map(({ resource: { attributes }, scopeMetrics }) => {
    const resource = valuesOf(attributes);
    const points = scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, sum, histogram }) =>
        [...(sum?.dataPoints ?? []), ...(histogram?.dataPoints ?? [])].map((point) => ({
          metric: name,
          attributes: valuesOf(point.attributes),
          value: Number(point.count ?? point.asInt ?? point.asDouble),
          resource,
        })),
      ),
    );
    return [resource['service.instance.id'], points];
  });
}

function valuesOf(attributes: readonly Attribute[]): Values {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
