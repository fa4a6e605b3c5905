/*
 * The parts of optional packages that are used here, in types of their own: a project that has not installed the packages compiles all the
 * same, also with `skipLibCheck: false`. The modules themselves are assignable to these types, which tests check.
 */

/** The module `@opentelemetry/api`. */
export interface OpenTelemetryModule {
  readonly context: {
    active(): OpenTelemetryContext;
    with<T>(context: OpenTelemetryContext, work: () => T): T;
  };
  readonly propagation: {
    extract<Carrier>(
      context: OpenTelemetryContext,
      carrier: Carrier,
      getter: { keys(carrier: Carrier): string[]; get(carrier: Carrier, key: string): string[] | undefined },
    ): OpenTelemetryContext;
  };
  readonly trace: {
    getTracer(name: string): OpenTelemetryTracer;
    getSpan(context: OpenTelemetryContext): OpenTelemetrySpan | undefined;
    setSpan(context: OpenTelemetryContext, span: OpenTelemetrySpan): OpenTelemetryContext;
  };
  readonly metrics: { getMeter(name: string): OpenTelemetryMeter };
  readonly ROOT_CONTEXT: OpenTelemetryContext;
  readonly SpanKind: { readonly SERVER: number; readonly INTERNAL: number };
  readonly SpanStatusCode: { readonly ERROR: number };
}

export interface OpenTelemetryContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): OpenTelemetryContext;
  deleteValue(key: symbol): OpenTelemetryContext;
}

export interface OpenTelemetryTracer {
  startSpan(
    name: string,
    options: { kind: number; attributes: OpenTelemetryAttributes },
    context: OpenTelemetryContext,
  ): OpenTelemetrySpan;
}

export interface OpenTelemetrySpan {
  addEvent(name: string, attributes: OpenTelemetryAttributes, at: number): unknown;
  recordException(error: Error): void;
  setStatus(status: { code: number; message?: string }): unknown;
  setAttributes(attributes: OpenTelemetryAttributes): unknown;
  spanContext(): { traceId: string; spanId: string; traceFlags: number };
  end(): void;
}

/** A meter, such as `metrics.getMeter('books')`. */
export interface OpenTelemetryMeter {
  createHistogram(name: string, options: InstrumentOptions): OpenTelemetryHistogram;
  createObservableCounter(name: string, options: InstrumentOptions): ObservedInstrument;
  createObservableUpDownCounter(name: string, options: InstrumentOptions): ObservedInstrument;
}

export interface OpenTelemetryHistogram {
  record(value: number, attributes: OpenTelemetryAttributes): void;
}

interface ObservedInstrument {
  addCallback(observe: (result: OpenTelemetryResult) => void): void;
}

export interface OpenTelemetryResult {
  observe(value: number, attributes: OpenTelemetryAttributes): void;
}

export interface InstrumentOptions {
  readonly unit: string;
  readonly description: string;
  readonly advice?: { readonly explicitBucketBoundaries: number[] };
}

export interface OpenTelemetryAttributes {
  [name: string]: string | number | boolean;
}

/** The module `prom-client`. */
export interface PrometheusModule<Registry> {
  readonly Counter: new (
    options: CollectedOptions<Registry, { reset(): void; inc(labels: Labels, value: number): void }>,
  ) => object;
  readonly Gauge: new (options: CollectedOptions<Registry, { set(labels: Labels, value: number): void }>) => object;
  readonly Histogram: new (options: MetricOptions<Registry> & { buckets: number[] }) => PrometheusHistogram;
  readonly register: Registry;
}

export interface PrometheusHistogram {
  observe(labels: Labels, value: number): void;
}

interface MetricOptions<Registry> {
  name: string;
  help: string;
  labelNames: string[];
  registers: Registry[];
}

type CollectedOptions<Registry, Metric> = MetricOptions<Registry> & { collect(this: Metric): void };

interface Labels {
  [name: string]: string | number;
}
