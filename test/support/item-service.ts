import { Client, credentials, type ServerWritableStream } from '@grpc/grpc-js';
import {
  defaultStreamingSettings,
  type RowReader,
  type StreamingSettings,
  type StreamMetrics,
  type StreamSummary,
  streamService,
} from '../../src/runtime/index.js';
import { type LoopbackServer, startLoopbackServer } from '../../src/testing/index.js';
import { ItemServiceDefinition, itemModel } from './items.js';
import { type LogLine, memoryLogger } from './memory-logger.js';

export type ServerCall = ServerWritableStream<never, unknown>;

export interface ItemServiceOptions {
  readonly delegate: RowReader;
  readonly settings?: Partial<StreamingSettings>;
  readonly shutdown?: AbortSignal;
  readonly metrics?: StreamMetrics | readonly StreamMetrics[];
  /** Wraps the call before the handler gets it. */
  readonly wrap?: (call: ServerCall) => ServerCall;
}

/** The service under test, with everything that it reports. */
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
  const calls: { call: ServerCall; listeners: number }[] = [];
  const logger = memoryLogger();
  const service = streamService(
    { definition: ItemServiceDefinition, model: itemModel, rows: 'streamItems', batches: 'streamItemBatches' },
    {
      prisma: { item: delegate },
      settingsFor: () => ({ ...defaultStreamingSettings, ...settings }),
      logger,
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
    logs: logger.lines,
    calls,
  };
}

/** Listeners that a stream could have added and forgotten. */
export function listenersOf(call: ServerCall): number {
  const events = ['cancelled', 'drain', 'close', 'error', 'finish'];
  return events.reduce((sum, event) => sum + call.listenerCount(event), 0);
}

export interface ServedItems extends ItemService {
  readonly server: LoopbackServer;
  readonly client: Client;
  close(): Promise<void>;
}

/** Serves the items on loopback, without anything of `startServer`, and connects a plain grpc-js client. */
export async function serveItems(options: ItemServiceOptions): Promise<ServedItems> {
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
