import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startManyStreamsServer } from '../benchmarks/many-streams-process.js';
import { readManyStreams } from '../benchmarks/read-many-streams.js';

/** The same with 1,000 streams is `npm run bench:many`. */
it('serves 200 streams at a time: none fails, none falls far behind, and memory stays small', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'grpc-stream-many-'));
  const rows = 2000;
  const server = await startManyStreamsServer(`file:${join(folder, 'many.db')}`, rows);
  try {
    const figures = await readManyStreams({ address: server.address, streams: 200, connections: 4, rows });
    expect(figures.failures).toEqual([]);
    expect(figures.durationRatio).toBeLessThan(2);
    expect((await server.cost()).peakMb).toBeLessThan(1024);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});
