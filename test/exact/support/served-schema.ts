import { defaultStreamingSettings, type StreamingSettings } from '../../../src/config/index.js';
import type { SqlReaderFactory, StreamService, StreamSummary } from '../../../src/runtime/index.js';
import { startLoopbackServer } from '../../../src/testing/index.js';
import { type GeneratedCode, generateCode } from '../../support/generated-code.js';
import { type LogLine, memoryLogger } from '../../support/memory-logger.js';
import { waitFor } from '../../support/wait-for.js';

export type Row = Readonly<Record<string, unknown>>;

/** What came of a stream: its rows, and the error that it ended with. */
export interface Received {
  readonly rows: readonly Row[];
  readonly ids: readonly number[];
  readonly error: unknown;
  /** Where the client stands, out of JSON. */
  readonly position: object;
  /** What the server says of the stream, once nothing of it is left there. */
  report(): Promise<Report>;
}

interface Report {
  readonly lines: readonly LogLine[];
  readonly summary: StreamSummary | undefined;
}

interface Clients {
  readonly [model: string]: { stream(request: object, options?: object): AsyncIterable<Row> & { position(): object } };
}

/** A schema's generated code, served by a real server to a real client; Prisma's own client is never asked. */
export interface ServedSchema {
  readonly code: GeneratedCode;
  readonly clients: Clients;
  read(model: string, request?: object, options?: object): Promise<Received>;
  /** Serves the same once more, with other settings. */
  again(settings: Partial<StreamingSettings>): Promise<ServedSchema>;
  close(): Promise<void>;
}

/** Fails the test when rows are read through Prisma's client. As in the client itself, a model is a property of its own, whatever its name. */
export const NO_CLIENT: object = new Proxy(
  { _extensions: { isEmpty: () => true } },
  {
    get: (client, name) => Reflect.get(client, name) ?? (isModel(name) ? NO_DELEGATE : undefined),
    getOwnPropertyDescriptor: (client, name) =>
      Reflect.getOwnPropertyDescriptor(client, name) ??
      (isModel(name) ? { configurable: true, value: NO_DELEGATE } : undefined),
  },
);

const isModel = (name: string | symbol) => typeof name === 'string' && /^[a-z]/.test(name);

const NO_DELEGATE = { findMany: () => Promise.reject(new Error("rows were read through Prisma's client")) };

export async function serveSchema(schema: string, adapter: SqlReaderFactory): Promise<ServedSchema> {
  const code = await generateCode(schema, 'exact');
  const served = await serve(code, adapter, {});
  return { ...served, close: () => served.close().then(() => code.remove()) };
}

async function serve(
  code: GeneratedCode,
  adapter: SqlReaderFactory,
  settings: Partial<StreamingSettings>,
): Promise<ServedSchema> {
  const createServices = await code.load<(options: object) => StreamService[]>('services.ts', 'createServices');
  const createClients = await code.load<(address: string) => Clients & { close(): void }>('client.ts', 'createClients');
  const logger = memoryLogger();
  const summaries: StreamSummary[] = [];
  const server = await startLoopbackServer(
    createServices({
      ...{ prisma: NO_CLIENT, adapter, logger },
      settingsFor: () => ({ ...defaultStreamingSettings, ...settings }),
      onStreamEnd: (summary: StreamSummary) => summaries.push(summary),
    }),
  );
  const clients = createClients(server.address);
  return {
    code,
    clients,
    async read(model, request = {}, options = {}) {
      const [lines, streams] = [logger.lines.length, summaries.length];
      const stream = clients[model]?.stream(request, options);
      if (!stream) throw new Error(`no client of ${model}`);
      const rows: Row[] = [];
      let error: unknown;
      try {
        for await (const row of stream) rows.push(row);
      } catch (thrown) {
        error = thrown;
      }
      const position = JSON.parse(JSON.stringify(stream.position()));
      const ids = rows.map(({ id }) => Number(id));
      const report = async () => {
        await waitFor('the report of the stream', () => summaries.length > streams);
        return { lines: logger.lines.slice(lines), summary: summaries.at(-1) };
      };
      return { rows, ids, error, position, report };
    },
    again: (other) => serve(code, adapter, other),
    async close() {
      clients.close();
      await server.close();
    },
  };
}
