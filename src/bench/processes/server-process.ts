/** The server's process: the generated service, the hand-written handlers, and meters for each sample. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { BenchError } from '../../errors/index.js';
import type { StreamModel } from '../../model/index.js';
import { namesOf } from '../../proto/names/names.js';
import { type StreamService, serverChannelOptions } from '../../runtime/index.js';
import { loadCodec, loadDatabaseModule, loadServicesModule, type PrismaLike } from '../database/target.js';
import { addBaselines } from '../server/baselines.js';
import { endedStreams } from '../server/ended-streams.js';
import { processMeters } from '../server/meters.js';
import { baselineMethods, streamMethods } from '../wire/server-place.js';
import { serverOperations } from './protocol.js';
import { handle, serveParent } from './serve-parent.js';

const meters = processMeters();
const ended = endedStreams();
let prisma: PrismaLike | undefined;

serveParent(
  [
    handle(serverOperations.start, async ({ target: { modules, streaming }, model, enums }) => {
      const { createServices } = await loadServicesModule(modules);
      const { createAdapter, createPrisma } = await loadDatabaseModule(modules);
      const { encode } = await loadCodec(modules, model);
      prisma = createPrisma();
      const services = createServices({
        prisma,
        adapter: createAdapter(),
        /** Streams report to `onStreamEnd` through their metrics. */
        settingsFor: () => ({ ...streaming, enableMetrics: true }),
        onStreamEnd: ended.streamEnded,
      });
      const service = serviceOf(services, model);
      const server = new Server(serverChannelOptions);
      server.addService(service.definition, service.implementation);
      addBaselines(server, { prisma, model, enums, encode, onEnd: ended.baselineEnded });
      const methods = { ...streamMethods(service.name, model), ...baselineMethods };
      return { address: await listen(server), methods };
    }),
    /** Node was started with `--expose-gc`. */
    handle(serverOperations.collect, () => globalThis.gc?.()),
    handle(serverOperations.begin, () => {
      ended.reset();
      meters.reset();
    }),
    handle(serverOperations.finish, async ({ streams }) => {
      const totals = await ended.total(streams);
      return { ...totals, ...meters.read() };
    }),
  ],
  async () => prisma?.$disconnect(),
);

function serviceOf(services: readonly StreamService[], model: StreamModel): StreamService {
  const service = services.find(({ name }) => name.endsWith(`.${namesOf(model).service}`));
  if (!service) {
    throw new BenchError('bench.no_service', `the generated code has no service for the model "${model.name}"`, {
      nextActions: ['run `npx grpc-stream generate`, then the bench again'],
    });
  }
  return service;
}

/** Serves on a free port of this machine. */
function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
  });
}
