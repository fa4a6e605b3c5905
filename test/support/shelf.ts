import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Decimal } from '@prisma/client/runtime/client';
import type { RowStream, StreamOptions } from '../../src/client/index.js';
import {
  defaultStreamingSettings,
  type RowReader,
  type StreamingSettings,
  type StreamService,
  type StreamServiceOptions,
  type StreamSummary,
} from '../../src/runtime/index.js';
import type { StreamRequest } from '../../src/runtime/request/parse-request.js';
import { type GeneratedCode, generateCode } from './generated-code.js';

/** A key of one column, and one of four that JSON does not know all of. */
export const SHELF_SCHEMA = `
datasource db {
  provider = "postgresql"
}

enum Room {
  CELLAR
  HALL
}

model Note {
  id   Int    @id
  text String
}

model Line {
  shelf  BigInt
  room   Room
  at     DateTime @db.Timestamp(3)
  code   Decimal @db.Decimal(10, 2)
  text   String

  @@id([shelf, at, code])
}
`;

export type Note = {
  readonly id: number;
  readonly text: string;
};

export type Line = {
  readonly shelf: bigint;
  readonly room: string;
  readonly at: Date;
  readonly code: Decimal;
  readonly text: string;
};

export function notes(count: number, bytes = 20): Note[] {
  return Array.from({ length: count }, (_, index) => ({ id: index + 1, text: `${index}`.padEnd(bytes, '.') }));
}

/** Rows as the database has them. Several share each column but the last, so that every column of the key counts. */
export function lines(count: number): Line[] {
  return Array.from({ length: count }, (_, index) => ({
    shelf: 2n ** 60n + BigInt(Math.floor(index / 64)),
    room: Math.floor(index / 32) % 2 === 0 ? 'CELLAR' : 'HALL',
    at: new Date(1_000_000_000_123 + Math.floor(index / 8)),
    code: new Decimal(`${index % 8}.50`),
    text: `line ${index}`,
  }));
}

interface StreamingClient<Row> {
  stream(request?: object, options?: StreamOptions): RowStream<Row>;
}

/** What the generated `createClients` gives. */
export interface ShelfClients {
  readonly note: StreamingClient<Note>;
  readonly line: StreamingClient<Line>;
  close(): void;
}

interface Readers {
  readonly note: RowReader;
  readonly line: RowReader;
}

/** The generated code of the shelf: the same that a project has. */
export interface ShelfCode {
  createClients(address: string, options?: object): ShelfClients;
  createServices(options: StreamServiceOptions<Readers>): StreamService[];
  remove(): Promise<void>;
}

export async function generateShelf(): Promise<ShelfCode> {
  const code: GeneratedCode = await generateCode(SHELF_SCHEMA, 'shelf');
  return {
    createClients: await code.load('client.ts', 'createClients'),
    createServices: await code.load('services.ts', 'createServices'),
    remove: code.remove,
  };
}

/** A line as a client has it. */
export function received(line: Line): object {
  return { ...line, room: `ROOM_${line.room}`, code: line.code.toString() };
}

/** A server that can be stopped and started again where it was. */
export interface ShelfServer {
  readonly port: number;
  readonly address: string;
  /** What was asked for, call by call. */
  readonly requests: readonly StreamRequest[];
  readonly summaries: readonly StreamSummary[];
  /** Ends its streams as a server that is being replaced does, or cuts them as one that dies. */
  stop(how: 'shutdown' | 'kill'): Promise<void>;
  start(): Promise<void>;
}

export interface ShelfServerOptions {
  readonly code: ShelfCode;
  readonly readers: Readers;
  readonly settings?: Partial<StreamingSettings>;
}

export async function startShelf({ code, readers, settings }: ShelfServerOptions): Promise<ShelfServer> {
  const requests: StreamRequest[] = [];
  const summaries: StreamSummary[] = [];
  let server = new Server();
  let shutdown = new AbortController();
  let port = 0;

  async function start(): Promise<void> {
    server = new Server();
    shutdown = new AbortController();
    const services = code.createServices({
      prisma: readers,
      shutdown: shutdown.signal,
      settingsFor: () => ({ ...defaultStreamingSettings, ...settings }),
      onStreamEnd: (summary) => summaries.push(summary),
    });
    for (const { definition, implementation } of services) {
      server.addService(definition, watched(implementation, requests));
    }
    port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
  }

  await start();
  return {
    get port() {
      return port;
    },
    get address() {
      return `127.0.0.1:${port}`;
    },
    requests,
    summaries,
    start,
    async stop(how) {
      if (how === 'kill') return server.forceShutdown();
      shutdown.abort();
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    },
  };
}

function watched(
  implementation: StreamService['implementation'],
  requests: StreamRequest[],
): StreamService['implementation'] {
  const handlers = Object.entries(implementation).map(([name, handler]) => {
    const handle = handler as unknown as (...args: unknown[]) => void;
    return [
      name,
      (call: { readonly request: StreamRequest }, ...rest: unknown[]) => {
        requests.push(call.request);
        handle(call, ...rest);
      },
    ];
  });
  return Object.fromEntries(handlers);
}
