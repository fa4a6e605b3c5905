import {
  type ChannelCredentials,
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
  status as Status,
  type StatusObject,
} from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { type RunningServer, type StartServerOptions, startServer } from '../../src/server/index.js';
import { type InMemoryDelegate, inMemoryDelegate } from '../../src/testing/index.js';
import { type ItemService, type ItemServiceOptions, itemService } from './item-service.js';
import { Item, ItemRequest, itemRows } from './items.js';

export const METHOD = '/test.v1.ItemStreamService/StreamItems';

export interface ItemServer extends ItemService {
  readonly server: RunningServer;
  connect(channel?: ChannelCredentials, options?: Record<string, string | number>): Client;
  close(): Promise<void>;
}

type Options = Partial<StartServerOptions> & Partial<ItemServiceOptions> & { readonly rows?: number };

/** Starts the item service behind a server of `startServer`. */
export async function startItemServer({
  rows = 100,
  delegate,
  settings,
  shutdown,
  metrics,
  wrap,
  ...options
}: Options = {}): Promise<ItemServer> {
  const reader: InMemoryDelegate | undefined = delegate ? undefined : inMemoryDelegate(itemRows(rows));
  const watched = itemService({
    delegate: delegate ?? (reader as InMemoryDelegate),
    ...(settings ? { settings } : {}),
    ...(shutdown ? { shutdown } : {}),
    ...(metrics ? { metrics } : {}),
    ...(wrap ? { wrap } : {}),
  });
  const server = await startServer({ port: 0, services: [watched.service], ...options });
  const clients: Client[] = [];
  return {
    ...watched,
    server,
    connect(channel = credentials.createInsecure(), channelOptions = {}) {
      const client = new Client(server.address, channel, { 'grpc.use_local_subchannel_pool': 1, ...channelOptions });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.close();
      await server.stop(0);
    },
  };
}

/** The same, closed when the test has finished. */
export async function serverWith(options: Options = {}): Promise<ItemServer> {
  const server = await startItemServer(options);
  onTestFinished(() => server.close());
  return server;
}

export interface Read {
  readonly call: ClientReadableStream<Item>;
  readonly rows: Item[];
  readonly headers: Metadata[];
  /** How it ended; never rejects. */
  readonly ended: Promise<{ readonly code: string; readonly status: StatusObject }>;
}

export interface ReadOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly limit?: number;
  readonly afterId?: number;
  /** Whether to read at all. Default true. */
  readonly flowing?: boolean;
}

/** Reads items with a plain grpc-js client. */
export function readItems(
  client: Client,
  { metadata = {}, limit = 0, afterId, flowing = true }: ReadOptions = {},
): Read {
  const sent = new Metadata();
  for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
  const request = { limit: BigInt(limit), ...(afterId === undefined ? {} : { after: { id: afterId } }) };
  const call = client.makeServerStreamRequest(
    METHOD,
    (value: typeof request) => Buffer.from(ItemRequest.encode(value).finish()),
    (bytes: Buffer) => Item.decode(bytes),
    request,
    sent,
  );
  const rows: Item[] = [];
  const headers: Metadata[] = [];
  call.on('metadata', (received) => headers.push(received));
  call.on('error', (_: ServiceError) => {});
  if (flowing) call.on('data', (item) => rows.push(item));
  const ended = new Promise<{ code: string; status: StatusObject }>((resolve) =>
    call.on('status', (status) => resolve({ code: Status[status.code] ?? '', status })),
  );
  return { call, rows, headers, ended };
}

/** Reads to the end: the status, and how many rows came. */
export async function countItems(
  client: Client,
  options?: ReadOptions,
): Promise<{ readonly code: string; readonly rows: number; readonly status: StatusObject }> {
  const read = readItems(client, options);
  const { code, status } = await read.ended;
  return { code, rows: read.rows.length, status };
}
