/** The server's process of the many streams: the demo's services as `serve` runs them, and what they cost the process. */
import { readFileSync } from 'node:fs';

const dist = new URL('../../dist/', import.meta.url);
const { createAdapter, createPrisma } = await import(new URL('demo/database.js', dist).href);
const { createServices } = await import(new URL('demo/generated/services.js', dist).href);
const { startServer } = await import(new URL('src/server/index.js', dist).href);

const server = await startServer({
  port: 0,
  services: createServices({ prisma: createPrisma(), adapter: createAdapter() }),
  limits: { maxStreamsPerClient: 0, maxCallsPerSecond: 0 },
});
process.on('message', () => process.send?.({ peakMb: statusMb('VmHWM'), cpuSeconds: cpuSeconds() }));
process.on('disconnect', () => process.exit());
process.send?.({ address: server.address });

/** Linux keeps the peak for us. */
function statusMb(name: string): number {
  const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`${name}:\\s+(\\d+)`));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
