/** The server's process of the limits benchmark: the generated services, and what they cost the process. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { StreamSummary } from '../../src/runtime/index.js';

const demo = new URL('../../dist/demo/', import.meta.url);
const { createAdapter, createPrisma } = await import(new URL('database.js', demo).href);
const { createServices } = await import(new URL('generated/services.js', demo).href);
const { defaultStreamingSettings, serverChannelOptions } = await import(new URL('../src/runtime/index.js', demo).href);

const settings = { ...defaultStreamingSettings, ...JSON.parse(process.env.STREAMING ?? '{}') };
const ends: object[] = [];
const delay = monitorEventLoopDelay({ resolution: 1 });
const server = new Server(serverChannelOptions);
for (const { definition, implementation } of createServices({
  prisma: createPrisma(),
  adapter: createAdapter(),
  settingsFor: () => settings,
  onStreamEnd: ({ end, rows, rowsRead, lastQueryEndedAt }: StreamSummary) =>
    ends.push({ end, atMs: Date.now(), lastQueryEndedAtNs: String(lastQueryEndedAt), rows, rowsRead }),
})) {
  server.addService(definition, implementation);
}
const port = await new Promise<number>((resolve, reject) => {
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
    error ? reject(error) : resolve(bound),
  );
});
process.on('message', () => {
  process.send?.({
    rssMb: statusMb('VmRSS'),
    peakMb: statusMb('VmHWM'),
    loopDelayP99Ms: delay.percentile(99) / 1e6,
    ends,
  });
  delay.reset();
  delay.enable();
});
process.on('disconnect', () => process.exit());
process.send?.({ port });

/** Linux keeps the peak for us. */
function statusMb(name: string): number {
  const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`${name}:\\s+(\\d+)`));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}
