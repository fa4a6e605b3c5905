import {
  Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type StatusObject,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { defaultStreamingSettings, type StreamingSettings } from '../../config/index.js';
import { InternalError, StreamError } from '../../errors/index.js';
import type { Database } from '../database/open-database.js';
import { frameBatches, frameRows, type MessageFramer } from '../encode/frame-messages.js';
import type { SqlReader } from '../internals/driver-adapter.js';
import type { StreamLogger } from '../logger.js';
import type { StreamMetrics, StreamSummary } from '../metrics/stream-metrics.js';
import { type AdmittedCall, admitCall, assertMasks, changesUnknown, type HookedModel } from '../request/admit-call.js';
import { setCallWork } from '../request/call-context.js';
import type { ModelHooks, ServiceHooks } from '../request/hooks.js';
import { parseRequest, type StreamRequest } from '../request/parse-request.js';
import { type PartitionRequest, parsePartitionRequest } from '../request/partition-request.js';
import type { StreamedModel } from '../rows/define-model.js';
import type { RowReader } from '../rows/keyset-source.js';
import { modelReading, type RowsWanted } from '../rows/model-reading.js';
import type { RowView } from '../rows/row-view.js';
import { assertTable } from '../rows/sql-source.js';
import { statusOf } from '../status/grpc-status.js';
import { servePartitions } from '../stream/serve-partitions.js';
import { serveRows } from '../stream/serve-rows.js';
import { type GenericServiceDefinition, generatedDefinition } from './service-definition.js';

/** A gRPC service, ready for `server.addService(service.definition, service.implementation)`. */
export interface StreamService {
  /** Full name, such as `library.v1.BookStreamService`. */
  readonly name: string;
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
  /**
   * Checks that a database has the tables that the service reads, and rejects with the database's error. Health is NOT_SERVING until it has
   * them.
   */
  readonly assertReadable?: (reader: SqlReader) => Promise<void>;
}

/** The options of the generated `createServices`. */
export interface StreamServiceOptions<Models> extends Database<Models> {
  /**
   * A database that streams and partitions are read from instead of `prisma` and `adapter`, such as a replica; hooks and your own services
   * keep using those. A stream reads from one database from its beginning to its end.
   */
  readonly replica?: Database<Models>;
  /** The settings of one model's streams. Default: the defaults, for every model. */
  readonly settingsFor?: (model: string) => StreamingSettings;
  /** Decide who may call, which rows they see, and how these look. The generated `createServices` takes them from your `services.ts`. */
  readonly hooks?: ServiceHooks<Models>;
  /** Default: nothing is logged. `createLogger()` makes a pino logger; any logger with pino's methods works. */
  readonly logger?: StreamLogger;
  /** Observe every stream: `prometheusMetrics`, `openTelemetryMetrics`, `openTelemetryTracing`, your own, or several. */
  readonly metrics?: StreamMetrics | readonly StreamMetrics[];
  /** Aborted when the server shuts down: running streams end with UNAVAILABLE. */
  readonly shutdown?: AbortSignal;
  /** Called once for every stream, after it ended, while metrics are enabled. */
  readonly onStreamEnd?: (summary: StreamSummary) => void;
}

/** The facts of a model's service that the generator writes. */
export interface StreamServiceFacts {
  readonly definition: GenericServiceDefinition;
  readonly model: StreamedModel;
  /** The method that sends one row in a message. */
  readonly rows: string;
  /** The method that sends many rows in a message. */
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
  const reading = modelReading(model, options.replica ?? options, { settings, logger: options.logger });
  const hooksOf = (other: HookedModel) => hooksFor(other, options.hooks);
  const queriesElsewhere = model.provider !== undefined && model.provider !== 'sqlite';
  const isHooked = hookedModels(model).some((other) => hooksOf(other).length > 0);
  assertMasks(hooksOf(model), model);
  if (hooksOf(model).some(changesUnknown)) options.logger?.warn({ model: model.name }, UNKNOWN_CHANGES);

  const handler = (frame: Framing) => (call: Call) => {
    const refuse = (status: StatusObject) => call.emit('error', status);
    const parse = (view?: RowView) => parseRequest(call.request, model, settings, view);
    admitted(call, refuse, parse, (request) => {
      const { settings, order } = request;
      const source = reading.read(request);
      const placeFields = order.map(({ field }) => field);
      const framer = frame(settings);
      const rows = { model: model.name, source, queriesElsewhere, placeFields, framer };
      setCallWork(call, serveRows(call, { ...options, ...rows, settings }));
    });
  };

  function split(call: PartitionCall, reply: sendUnaryData<unknown>): void {
    const parse = (view?: RowView) => parsePartitionRequest(call.request, model, settings, view);
    admitted(call, reply, parse, (request) => {
      const { parts } = request;
      const source = reading.read(request);
      setCallWork(call, servePartitions(call, reply, { ...options, model: model.name, source, parts, settings }));
    });
  }

  /** Every RPC begins here: the request is read only after the hooks of the model have let the call in. */
  function admitted<T extends RowsWanted>(
    call: AdmittedCall,
    refuse: (status: StatusObject) => unknown,
    parse: (view?: RowView) => T,
    work: (request: T) => void,
  ): void {
    const refused = (error: unknown) => {
      if (!(error instanceof StreamError))
        options.logger?.error({ err: error, model: model.name }, 'Call refused by an error');
      const { code, details, metadata = new Metadata() } = statusOf(error, settings.yieldTimeout);
      refuse({ code, details, metadata });
    };
    if (isHooked) return void admitCall(call, { model, hooksOf, parse }).then(work).catch(refused);
    try {
      work(parse());
    } catch (error) {
      refused(error);
    }
  }

  return {
    name: definition.fullName,
    definition: generatedDefinition(definition),
    async assertReadable(reader) {
      await assertTable(model, reader);
      await reading.assertReady();
    },
    implementation: {
      [rows]: handler(({ maxMessageBytes }) => frameRows(maxMessageBytes)),
      [batches]: handler(({ maxMessageBytes, batchRows }) => frameBatches(maxMessageBytes, batchRows)),
      ...(partitions === undefined ? {} : { [partitions]: split }),
    },
  };
}

const UNKNOWN_CHANGES =
  'A mapRow does not say which fields it changes: callers cannot order or filter by any but the key. Add `changes` beside it, [] for none';

type Hooks = ServiceHooks<Readonly<Record<string, RowReader>>>;

function hooksFor({ delegate }: HookedModel, hooks: Hooks = {}): readonly ModelHooks[] {
  const shared = hooks['*'];
  // A model may have the name of something that every object inherits.
  const own = Object.hasOwn(hooks, delegate) ? hooks[delegate] : undefined;
  if (shared && 'mask' in shared) throw new InternalError('the hooks of * have a mask; give it to the models, by name');
  return [shared, own].filter((hook) => hook !== undefined);
}

/** A model, and those whose rows its rows include. */
function hookedModels(model: HookedModel): readonly HookedModel[] {
  return [model, ...model.fields.flatMap(({ row }) => (row ? hookedModels(row) : []))];
}

type Framing = (settings: StreamingSettings) => MessageFramer;

type Call = ServerWritableStream<StreamRequest, unknown>;
type PartitionCall = ServerUnaryCall<PartitionRequest, unknown>;
