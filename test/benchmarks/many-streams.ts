/**
 * A thousand streams at a time, each of a whole table, from a server of one process: whether any fails, what the server's memory
 * comes to, and how evenly they advance. `npm run bench:many -- [streams] [rows] [connections]`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startManyStreamsServer } from './many-streams-process.js';
import { readManyStreams } from './read-many-streams.js';

const [streams = 1000, rows = 5000, connections = 10] = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-many-'));
try {
  const server = await startManyStreamsServer(`file:${join(folder, 'many.db')}`, rows);
  const figures = await readManyStreams({ address: server.address, streams, connections, rows });
  const { peakMb, cpuSeconds } = await server.cost();
  await server.stop();
  const lines = {
    setting: `${streams} streams of ${rows} rows over ${connections} connections`,
    failed: `${figures.failures.length}${figures.failures.length > 0 ? ` (${[...new Set(figures.failures)].join('; ')})` : ''}`,
    rate: `${(figures.rowsPerSecond / 1000).toFixed(1)}k rows/s in ${figures.seconds.toFixed(1)} s`,
    'first row': `after ${figures.lastFirstRowSeconds.toFixed(2)} s at the latest`,
    evenness: `${figures.worstRatio.toFixed(2)}× at worst between the fastest and the slowest stream's rows; ${figures.durationRatio.toFixed(2)}× between their times`,
    server: `${peakMb.toFixed(0)} MB at the peak, ${cpuSeconds.toFixed(1)} s of CPU`,
  };
  for (const [name, value] of Object.entries(lines)) process.stdout.write(`${name.padEnd(10)} ${value}\n`);
  const broken = figures.failures.length > 0 || peakMb > 1024 || figures.worstRatio > 2;
  process.exitCode = broken ? 1 : 0;
} finally {
  await rm(folder, { recursive: true, force: true });
}
