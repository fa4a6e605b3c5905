/** The server's process: the real generated service, and meters around each stream. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { BenchError } from '../errors/index.js';
import { namesOf } from '../proto/index.js';
import { type StreamService, type StreamSummary, serverChannelOptions } from '../runtime/index.js';
import { collectGarbage } from './collect-garbage.js';
import { deferred } from './deferred.js';
import type { ServerReading } from './executor.js';
import { loadDatabase, loadServices, type PrismaLike } from './generated-code.js';
import { peakMemory } from './peak-memory.js';
import { beginStream, finishStream, startServer } from './protocol.js';
import { handle, serveParent } from './serve-parent.js';

interface EndedStream {
  readonly summary: StreamSummary;
  readonly endedAt: bigint;
}

/** A stream that has not ended this long after its client is done will never end. */
const END_TIMEOUT_MS = 30_000;

const memory = peakMemory();
let prisma: PrismaLike | undefined;
let cpuBefore = process.cpuUsage();
let ended = deferred<EndedStream>();

serveParent(
  [
    handle(startServer, async ({ target: { modules, model, streaming } }) => {
      const { createServices } = await loadServices(modules);
      const { createAdapter, createPrisma } = await loadDatabase(modules);
      prisma = createPrisma();
      const services = createServices({
        prisma,
        adapter: createAdapter(),
        /** The meters are the metrics. */
        settingsFor: () => ({ ...streaming, enableMetrics: true }),
        onStreamEnd: (summary) => ended.resolve({ summary, endedAt: process.hrtime.bigint() }),
      });
      const service = serviceOf(services, model);
      return { address: await listen(service), methods: methodsOf(service, model) };
    }),
    handle(beginStream, () => {
      collectGarbage();
      ended = deferred();
      memory.reset();
      cpuBefore = process.cpuUsage();
    }),
    handle(finishStream, async () => readingOf(await withinTime(ended.promise))),
  ],
  async () => prisma?.$disconnect(),
);

function serviceOf(services: readonly StreamService[], model: string): StreamService {
  const service = services.find(({ name }) => name.endsWith(`.${namesOf({ name: model }).service}`));
  if (!service) throw new BenchError('bench.no_service', `the generated code has no service for the model "${model}"`);
  return service;
}

function methodsOf({ name }: StreamService, model: string) {
  const { streamRows, streamBatches } = namesOf({ name: model });
  return { rows: `/${name}/${streamRows.method}`, batches: `/${name}/${streamBatches.method}` };
}

/** Serves on a free port of this machine. */
function listen({ definition, implementation }: StreamService): Promise<string> {
  const server = new Server(serverChannelOptions);
  server.addService(definition, implementation);
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
  });
}

function readingOf({ summary, endedAt }: EndedStream): ServerReading {
  const { user, system } = process.cpuUsage(cpuBefore);
  const { end, status, rows, rowsRead, durationMs, lastQueryEndedAt } = summary;
  const { writeMs, encodeMs, ...times } = summary.times;
  return {
    end,
    status,
    rows,
    rowsRead,
    durationMs,
    ...times,
    /** Bench knows three phases: what it costs to make bytes and to hand them over is one. */
    encodeMs: encodeMs + writeMs,
    peakRssBytes: memory.readBytes(),
    cpuMicros: user + system,
    lastQueryEndedAt,
    endedAt,
  };
}

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const error = new BenchError('bench.never_ended', 'the server’s stream did not end after its client had');
    timer = setTimeout(() => reject(error), END_TIMEOUT_MS);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
