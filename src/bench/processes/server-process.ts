/** The server's process: the real generated service, what it is compared with, and meters around each sample. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { BenchError } from '../../errors/index.js';
import { namesOf } from '../../proto/index.js';
import { type StreamService, serverChannelOptions } from '../../runtime/index.js';
import { addBaselines, baselineMethods } from '../baselines/index.js';
import { peakMemory } from '../server/peak-memory.js';
import { processMeters } from '../server/process-meters.js';
import { streamTally } from '../server/stream-tally.js';
import { collectGarbage } from './collect-garbage.js';
import { loadCodec, loadDatabase, loadServices, type PrismaLike } from './generated-code.js';
import { beginStreams, finishStreams, startServer } from './protocol.js';
import { answerCpu, handle, serveParent } from './serve-parent.js';
import { streamMethods } from './stream-methods.js';

const memory = peakMemory();
const meters = processMeters();
const tally = streamTally();
let prisma: PrismaLike | undefined;

serveParent(
  [
    handle(startServer, async ({ target: { modules, streaming }, model }) => {
      const { createServices } = await loadServices(modules);
      const { createAdapter, createPrisma } = await loadDatabase(modules);
      const { encode } = await loadCodec(modules, namesOf(model).message);
      prisma = createPrisma();
      const services = createServices({
        prisma,
        adapter: createAdapter(),
        /** The meters are the metrics. */
        settingsFor: () => ({ ...streaming, enableMetrics: true }),
        onStreamEnd: tally.streamEnded,
      });
      const service = serviceOf(services, model.name);
      const server = new Server(serverChannelOptions);
      server.addService(service.definition, service.implementation);
      addBaselines(server, { prisma, model, encode, onEnd: tally.baselineEnded });
      return { address: await listen(server), methods: methodsOf(service, model.name) };
    }),
    handle(beginStreams, () => {
      collectGarbage();
      tally.reset();
      memory.reset();
      meters.reset();
    }),
    handle(finishStreams, async ({ streams }) => {
      const ended = await tally.total(streams);
      return { ...ended, ...meters.read(), peakRssBytes: memory.readBytes() };
    }),
    answerCpu,
  ],
  async () => prisma?.$disconnect(),
);

function serviceOf(services: readonly StreamService[], model: string): StreamService {
  const service = services.find(({ name }) => name.endsWith(`.${namesOf({ name: model }).service}`));
  if (!service) throw new BenchError('bench.no_service', `the generated code has no service for the model "${model}"`);
  return service;
}

function methodsOf({ name }: StreamService, model: string) {
  return { ...streamMethods(name, model), ...baselineMethods };
}

/** Serves on a free port of this machine. */
function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
  });
}
