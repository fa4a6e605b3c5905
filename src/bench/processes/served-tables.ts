import { InternalError } from '../../errors/index.js';
import type { BenchSetting } from '../../results/index.js';
import { type BenchTarget, sentTarget } from '../database/target.js';
import type { CancelReading, ClientReading, Repetition, ServerReading, StreamReading } from '../executor.js';
import { openAccess, type ServerPlace } from '../wire/server-place.js';
import type { Child } from './child-process.js';
import { type ClientGroup, openClientGroup } from './client-group.js';
import type { PreparedTable } from './prepare-tables.js';
import type { ProcessPool, ServerUse } from './process-pool.js';
import { proxyOperations, serverOperations } from './protocol.js';

/** A server of each table, and the clients that read them. */
interface ServedTables {
  readonly clients: ClientGroup;
  /** The one whose rows have the size that a setting asks for. */
  of(setting: BenchSetting): ServedTable;
  /** Another server of that table, which has streamed nothing before, and whose memory is that of one in production. */
  fresh(setting: BenchSetting): Promise<ServedTable>;
  end(): Promise<void>;
}

export interface ServeTablesOptions {
  readonly target: BenchTarget;
  readonly tables: readonly PreparedTable[];
}

/** Starts the processes that stream, all at once. */
export async function serveTables(pool: ProcessPool, { target, tables }: ServeTablesOptions): Promise<ServedTables> {
  const proxies = openProxies(pool);
  const [clients, ...started] = await Promise.all([
    openClientGroup(pool),
    ...tables.map((prepared) => startServer(pool, target, prepared)),
  ]);
  const readBy = (server: StartedServer) => servedTable(server, { target, clients, proxies });
  const served = new Map(started.map((server) => [server.prepared, readBy(server)]));
  return {
    clients,
    of(setting) {
      const found = served.get(tableOf(tables, setting));
      if (found) return found;
      throw new InternalError('a table that no server serves');
    },
    fresh: async (setting) => readBy(await startServer(pool, target, tableOf(tables, setting), 'memory')),
    async end() {
      await Promise.all([clients.end(), proxies.end(), ...[...served.values()].map(({ server }) => pool.end(server))]);
    },
  };
}

/** The table whose rows have the size that a setting asks for; the first where none has. */
export function tableOf(tables: readonly PreparedTable[], { load }: BenchSetting): PreparedTable {
  const [first] = tables;
  if (first === undefined) throw new InternalError('a bench without a table');
  return tables.find(({ table }) => table.rowBytes === load.rowBytes) ?? first;
}

/** A server of one table, and the clients that read it. */
interface ServedTable {
  readonly server: Child;
  readonly address: string;
  stream(setting: BenchSetting, repetition?: Repetition): Promise<StreamReading & { readonly server: ServerReading }>;
  cancel(setting: BenchSetting, afterRows: number): Promise<CancelReading>;
  /** Collects all garbage of the server. */
  collect(): Promise<void>;
}

interface StartedServer {
  readonly process: Child;
  readonly prepared: PreparedTable;
  readonly address: string;
  readonly methods: ServerPlace['methods'];
}

/** Starts a server that has streamed nothing before. */
async function startServer(
  pool: ProcessPool,
  target: BenchTarget,
  prepared: PreparedTable,
  use: ServerUse = 'speed',
): Promise<StartedServer> {
  const { model, enums, env } = prepared;
  const process = await pool.start('server', env, use);
  const started = await process.call(serverOperations.start, { target: sentTarget(target), model, enums: [...enums] });
  return { process, prepared, ...started };
}

interface Readers {
  readonly target: BenchTarget;
  readonly clients: ClientGroup;
  readonly proxies: Proxies;
}

function servedTable({ process: server, prepared, address, methods }: StartedServer, readers: Readers): ServedTable {
  const { target, clients, proxies } = readers;
  const placeOf = async ({ load }: BenchSetting): Promise<ServerPlace> => {
    const { queries } = prepared;
    const asked = queries.size === 0 ? {} : { queries: Object.fromEntries(queries) };
    return { methods, access: openAccess, address: await proxies.to(address, load.rttMs), ...asked };
  };
  /** Where a stream failed because its server died, the death is the cause. */
  const orItsDeath = async (error: unknown): Promise<never> => {
    throw (await server.death()) ?? error;
  };
  return {
    server,
    address,
    async stream(setting, repetition) {
      const place = await placeOf(setting);
      await clients.connect(place, setting).catch(orItsDeath);
      await server.call(serverOperations.begin, undefined);
      const limit = limitOf(setting, target, prepared);
      const client = await clients.read(place, setting, { limit, ...repetition }).catch(orItsDeath);
      return { client, server: await server.call(serverOperations.finish, { streams: streamsOf(client) }) };
    },
    async cancel(setting, afterRows) {
      const place = await placeOf(setting);
      await clients.connect(place, setting).catch(orItsDeath);
      await server.call(serverOperations.begin, undefined);
      const left = await clients.leave(place, setting, afterRows).catch(orItsDeath);
      return { ...left, server: await server.call(serverOperations.finish, { streams: 1 }) };
    },
    collect: async () => server.call(serverOperations.collect, undefined),
  };
}

function streamsOf({ streams }: ClientReading): number {
  return streams.reduce((sum, view) => sum + view.streams, 0);
}

/** A project's table may have more rows than are to be read. */
function limitOf({ load }: BenchSetting, target: BenchTarget, { table }: PreparedTable): number | null {
  if (load.rows !== null) return Math.min(load.rows, table.rows);
  return target.source === 'project' ? table.rows : null;
}

/** Proxies that add distance. */
interface Proxies {
  /** Where a server is reached over so many milliseconds of round trip; the server itself for none. */
  to(address: string, rttMs: number): Promise<string>;
  end(): Promise<void>;
}

/** One process for all distances, so that the servers' and the clients' event loops do not carry the bytes. */
export function openProxies(pool: ProcessPool): Proxies {
  const addresses = new Map<string, Promise<string>>();
  let proxy: Promise<Child> | undefined;
  const open = async (target: string, rttMs: number) => {
    proxy ??= pool.start('proxy', process.env);
    const { address } = await (await proxy).call(proxyOperations.start, { target, delayMs: rttMs / 2 });
    return address;
  };
  return {
    async to(address, rttMs) {
      if (rttMs === 0) return address;
      const key = `${address} ${rttMs}`;
      const known = addresses.get(key) ?? open(address, rttMs);
      addresses.set(key, known);
      return known;
    },
    async end() {
      if (proxy) await pool.end(await proxy);
    },
  };
}
