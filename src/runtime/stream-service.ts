import {
  Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type StatusObject,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { defaultStreamingSettings, type StreamingSettings } from '../config/index.js';
import type { StreamedModel } from './define-model.js';
import { frameBatches, frameRows, type MessageFramer } from './frame-messages.js';
import { statusOf } from './grpc-status.js';
import type { RowReader } from './keyset-source.js';
import type { StreamLogger } from './logger.js';
import { modelReading, type Reading } from './model-reading.js';
import { type PartitionRequest, parsePartitionRequest } from './partition-request.js';
import type { RowEncoder } from './row-encoder.js';
import { servePartitions } from './serve-partitions.js';
import { serveRows } from './serve-rows.js';
import { type GenericServiceDefinition, serviceDefinition } from './service-definition.js';
import type { SqlReaderFactory } from './sql-reader.js';
import type { StreamMetrics } from './stream-metrics.js';
import { type ParsedRequest, parseRequest, type StreamRequest } from './stream-request.js';
import type { StreamSummary } from './stream-summary.js';

/** A gRPC service, ready for `server.addService(service.definition, service.implementation)`. */
export interface StreamService {
  /** Full name, such as `library.v1.BookStreamService`. */
  readonly name: string;
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** What the generated `createServices` is handed. */
export interface StreamServiceOptions<Models> {
  /** A Prisma client, or anything else that has its models' `findMany`. */
  readonly prisma: Models;
  /**
   * The same database's driver adapter: with it, rows are read by SQL where that gives the same values, which costs less than half
   * of `findMany` (`npm run bench:runtime`). Without it, or when the client has extensions, every row comes through the client.
   */
  readonly adapter?: SqlReaderFactory;
  /** The settings of one model's streams. Default: the defaults, for every model. */
  readonly settingsFor?: (model: string) => StreamingSettings;
  /** Default: silent. `createLogger()` makes one of pino; any logger with pino's methods will do. */
  readonly logger?: StreamLogger;
  /** Who is told of every stream: `prometheusMetrics`, `openTelemetryMetrics`, `openTelemetryTracing`, one of your own, or several. */
  readonly metrics?: StreamMetrics | readonly StreamMetrics[];
  /** Aborted when the server shuts down: running streams end with UNAVAILABLE. */
  readonly shutdown?: AbortSignal;
  /** Called once for every stream, after it ended, while metrics are enabled. */
  readonly onStreamEnd?: (summary: StreamSummary) => void;
}

/** What the generator knows of a model's service. */
export interface StreamServiceFacts {
  readonly definition: GenericServiceDefinition;
  readonly model: StreamedModel;
  /** The method that streams a row a message. */
  readonly rows: string;
  /** The method that streams many rows a message. */
  readonly batches: string;
  /** The method that splits the table. */
  readonly partitions?: string;
}

/** The service of a model. Generated code calls it. */
export function streamService(
  { definition, model, rows, batches, partitions }: StreamServiceFacts,
  options: StreamServiceOptions<Readonly<Record<string, RowReader>>>,
): StreamService {
  const settings = options.settingsFor?.(model.name) ?? defaultStreamingSettings;
  const read = modelReading(model, settings, options);
  const handler = (frame: Framing) => (call: Call) => {
    const request = parsedOr(
      (status) => call.emit('error', status),
      () => parseRequest(call.request, model, settings),
    );
    if (request) read(request, (reading) => serve(call, reading, frame, request));
  };

  function serve<R>(call: Call, { source, encode }: Reading<R>, frame: Framing, request: ParsedRequest): void {
    const framer = frame(encode, request.settings);
    void serveRows(call, { ...options, model: model.name, source, framer, settings: request.settings });
  }

  function split(call: PartitionCall, reply: sendUnaryData<unknown>): void {
    const request = parsedOr(reply, () => parsePartitionRequest(call.request, model));
    if (!request) return;
    const { parts } = request;
    read(request, (reading) => {
      void servePartitions(call, reply, { ...options, model: model.name, reading, parts, settings });
    });
  }

  function parsedOr<T>(refuse: (status: StatusObject) => unknown, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      const { code, details, metadata = new Metadata() } = statusOf(error, settings.yieldTimeout);
      refuse({ code, details, metadata });
      return undefined;
    }
  }

  return {
    name: definition.fullName,
    definition: serviceDefinition(definition),
    implementation: {
      [rows]: handler((encode, { maxMessageBytes }) => frameRows(encode, maxMessageBytes)),
      [batches]: handler((encode, { maxMessageBytes, batchRows }) => frameBatches(encode, maxMessageBytes, batchRows)),
      ...(partitions === undefined ? {} : { [partitions]: split }),
    },
  };
}

type Framing = <R>(encode: RowEncoder<R>, settings: StreamingSettings) => MessageFramer<R>;

type Call = ServerWritableStream<StreamRequest, unknown>;
type PartitionCall = ServerUnaryCall<PartitionRequest, unknown>;
