import type { BenchSetting } from '../../results/index.js';
import type { CancelReading, ClientReading, StreamReading } from '../rounds/executor.js';
import type { Child } from './child-process.js';
import type { PreparedTable } from './prepare-tables.js';
import type { ProcessPool } from './process-pool.js';
import { beginStreams, finishStreams, leaveStream, readStreams, type ServerPlace, startServer } from './protocol.js';
import type { Proxies } from './proxies.js';
import { type BenchTarget, wireTarget } from './target.js';

/** A server of one table, and the clients that read it. */
export interface ServedTable {
  readonly server: Child;
  readonly address: string;
  stream(setting: BenchSetting): Promise<StreamReading & { readonly server: NonNullable<StreamReading['server']> }>;
  cancel(setting: BenchSetting, afterRows: number): Promise<CancelReading>;
}

export interface ServeTableOptions {
  readonly target: BenchTarget;
  readonly prepared: PreparedTable;
  readonly client: Child;
  readonly proxies: Proxies;
}

/** Starts a server that has streamed nothing before. */
export async function serveTable(pool: ProcessPool, options: ServeTableOptions): Promise<ServedTable> {
  const { target, prepared, client, proxies } = options;
  const server = await pool.start('server', prepared.env);
  const near = {
    ...(await server.call(startServer, { target: wireTarget(target), model: prepared.model })),
    access: openAccess,
  };
  const placeOf = async ({ load }: BenchSetting): Promise<ServerPlace> => {
    return { ...near, address: await proxies.to(near.address, load.rttMs) };
  };
  /** A stream that failed because its server died is the lesser half of the story. */
  const orItsDeath = async (error: unknown): Promise<never> => {
    throw (await server.death()) ?? error;
  };
  return {
    server,
    address: near.address,
    async stream(setting) {
      const place = await placeOf(setting);
      await server.call(beginStreams, undefined);
      const limit = limitOf(setting, options);
      const read = await client.call(readStreams, { server: place, setting, limit }).catch(orItsDeath);
      return { client: read, server: await server.call(finishStreams, { streams: streamsOf(read) }) };
    },
    async cancel(setting, afterRows) {
      const place = await placeOf(setting);
      await server.call(beginStreams, undefined);
      const left = await client.call(leaveStream, { server: place, setting, afterRows }).catch(orItsDeath);
      return { ...left, server: await server.call(finishStreams, { streams: 1 }) };
    },
  };
}

function streamsOf({ streams }: ClientReading): number {
  return streams.reduce((sum, view) => sum + view.streams, 0);
}

/** A server of our own on this machine lets everyone in. */
const openAccess = { tls: null, token: null };

/** A project's table may be longer than what is to be read of it. */
function limitOf({ load }: BenchSetting, { target, prepared: { table } }: ServeTableOptions): number | null {
  if (load.rows !== null) return Math.min(load.rows, table.rows);
  return target.source === 'project' ? table.rows : null;
}
