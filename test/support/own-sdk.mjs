// What somebody loads by --import: traces alone, under a name of their own.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'an-sdk-of-my-own' }),
  spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())],
}).register();
