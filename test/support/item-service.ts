import { Client, credentials, type ServerWritableStream } from '@grpc/grpc-js';
import {
  defaultStreamingSettings,
  type RowReader,
  type StreamingSettings,
  type StreamLogger,
  type StreamMetrics,
  type StreamSummary,
  streamService,
} from '../../src/runtime/index.js';
import { type LoopbackServer, startLoopbackServer } from '../../src/testing/index.js';
import { ItemServiceDefinition, itemModel } from './items.js';

export type ServerCall = ServerWritableStream<never, unknown>;

export interface LogLine {
  readonly level: keyof StreamLogger;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly line: string;
}

export interface ItemServiceOptions {
  readonly delegate: RowReader;
  readonly settings?: Partial<StreamingSettings>;
  readonly shutdown?: AbortSignal;
  readonly metrics?: StreamMetrics | readonly StreamMetrics[];
  /** What stands between grpc-js and the handler. */
  readonly wrap?: (call: ServerCall) => ServerCall;
}

/** The service under test, with an eye on everything that it says. */
export interface ItemService {
  readonly service: ReturnType<typeof streamService>;
  readonly summaries: StreamSummary[];
  readonly logs: LogLine[];
  /** Every call that came, and the listeners that it had before the handler saw it. */
  readonly calls: { readonly call: ServerCall; readonly listeners: number }[];
}

export function itemService({
  delegate,
  settings,
  shutdown,
  metrics,
  wrap = (call) => call,
}: ItemServiceOptions): ItemService {
  const summaries: StreamSummary[] = [];
  const logs: LogLine[] = [];
  const calls: { call: ServerCall; listeners: number }[] = [];
  const log = (level: keyof StreamLogger) => (fields: object, line: string) => {
    logs.push({ level, fields: { ...fields }, line });
  };
  const service = streamService(
    { definition: ItemServiceDefinition, model: itemModel, rows: 'streamItems', batches: 'streamItemBatches' },
    {
      prisma: { item: delegate },
      settingsFor: () => ({ ...defaultStreamingSettings, ...settings }),
      logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
      onStreamEnd: (summary) => summaries.push(summary),
      ...(shutdown ? { shutdown } : {}),
      ...(metrics ? { metrics } : {}),
    },
  );
  const watched = Object.entries(service.implementation).map(([name, handler]) => [
    name,
    (call: ServerCall) => {
      calls.push({ call, listeners: listenersOf(call) });
      (handler as unknown as (call: ServerCall) => void)(wrap(call));
    },
  ]);
  return {
    service: { ...service, implementation: Object.fromEntries(watched) },
    summaries,
    logs,
    calls,
  };
}

/** Listeners that a stream could have added and forgotten. */
export function listenersOf(call: ServerCall): number {
  const events = ['cancelled', 'drain', 'close', 'error', 'finish'];
  return events.reduce((sum, event) => sum + call.listenerCount(event), 0);
}

export interface ItemServer extends ItemService {
  readonly server: LoopbackServer;
  readonly client: Client;
  close(): Promise<void>;
}

/** The service behind a real socket, and a plain grpc-js client. */
export async function startItemServer(options: ItemServiceOptions): Promise<ItemServer> {
  const watched = itemService(options);
  const server = await startLoopbackServer([watched.service]);
  const client = new Client(server.address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': 64 * 1024 * 1024,
  });
  return {
    ...watched,
    server,
    client,
    close: async () => {
      client.close();
      await server.close();
    },
  };
}
