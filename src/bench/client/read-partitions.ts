import type { ServiceError } from '@grpc/grpc-js';
import { BenchError } from '../../errors/index.js';
import type { BenchSetting } from '../../results/index.js';
import type { StreamView } from '../rounds/executor.js';
import { combineChecksums } from './combine-checksums.js';
import type { Clients } from './connections.js';
import { streamFailed } from './raw-client.js';
import { startStreamMeter } from './stream-meter.js';

/** Reads the table in parts, as often as there are clients: each of them has a connection for each of its parts. */
export function readPartitions(connections: Clients, setting: BenchSetting): Promise<StreamView[]> {
  const { clients, partitions } = setting.load;
  return Promise.all(
    Array.from({ length: clients }, (_, client) => {
      const [first = connections[0], ...others] = connections.slice(client * partitions, (client + 1) * partitions);
      return readWhole([first, ...others], setting);
    }),
  );
}

/**
 * Asks for the parts of the table and reads them side by side. What comes back is one view of the whole: the parts lie one
 * behind the other, so their checksums make that of the table.
 */
async function readWhole(connections: Clients, setting: BenchSetting): Promise<StreamView> {
  const startedAt = performance.now();
  const parts = await connections[0].partition(setting.load.partitions);
  if (parts.length === 0) throw new BenchError('bench.no_partitions', 'the server gave no partitions of the table');
  const views = await Promise.all(
    parts.map((part, index) => readPart(connections[index % connections.length] ?? connections[0], setting, part)),
  );
  return { ...views.reduce(joined), wallMs: performance.now() - startedAt };
}

function readPart(client: Clients[number], setting: BenchSetting, part: Uint8Array): Promise<StreamView> {
  return new Promise((resolve, reject) => {
    const meter = startStreamMeter(setting.mode);
    const call = client.open(setting, { limit: null, partition: part });
    call.on('data', (message: Buffer) => meter.receive(message));
    call.once('error', (error: ServiceError) => reject(streamFailed(error)));
    call.once('end', () => resolve(meter.finish()));
  });
}

function joined(a: StreamView, b: StreamView): StreamView {
  return {
    ...a,
    rows: a.rows + b.rows,
    bytes: a.bytes + b.bytes,
    checksum: combineChecksums(a.checksum, b.checksum, b.bytes),
    streams: a.streams + b.streams,
    firstRowMs: Math.min(a.firstRowMs, b.firstRowMs),
    gapP50Ms: larger(a.gapP50Ms, b.gapP50Ms),
    gapP99Ms: larger(a.gapP99Ms, b.gapP99Ms),
  };
}

/** A part of one message has no gap, and says nothing of those of the others. */
function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
