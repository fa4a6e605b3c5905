import { EnvironmentError, InternalError } from '../../errors/index.js';
import type { StreamModel } from '../../model/index.js';
import type { BenchSetting, BenchSettings, BenchTable } from '../../results/index.js';
import type { ClientReading, Executor, ExpectedRows, SampleSize } from '../executor.js';
import { usualSetting } from '../scenarios/scenario.js';
import { type ServerAccess, streamMethods } from '../wire/server-place.js';
import { openClientGroup } from './client-group.js';
import { openProcessPool } from './process-pool.js';
import { clientOperations } from './protocol.js';
import { openProxies } from './served-tables.js';

/** A server that runs elsewhere. */
export interface RemoteServer {
  /** `host:port`. */
  readonly address: string;
  /** Full name of the service, such as `library.v1.BookStreamService`. */
  readonly service: string;
  readonly model: Pick<StreamModel, 'name' | 'api'>;
  readonly access: ServerAccess;
}

interface RemoteExecutorOptions {
  readonly remote: RemoteServer;
  readonly settings: BenchSettings;
  readonly signal: AbortSignal;
  /** Where the compiled entries of the processes are. Default: beside this file. */
  readonly entries?: URL;
}

/**
 * Runs clients against a remote server. Only its streams are measured; its CPU time, its memory and its queries stay empty. Every reading
 * must have the same rows as the first one.
 *
 * @throws BenchError when it cannot be reached or does not speak the proto.
 */
export async function openRemoteExecutor(options: RemoteExecutorOptions): Promise<Executor> {
  const { remote, settings, signal, entries = new URL('.', import.meta.url) } = options;
  const pool = await openProcessPool({ entries, signal, execArgv: [], cwd: process.cwd() });
  try {
    let clients = await openClientGroup(pool);
    let next: ReturnType<typeof openClientGroup> | undefined;
    const start = () => (next ??= openClientGroup(pool));
    const proxies = openProxies(pool);
    const methods = { ...streamMethods(remote.service, remote.model), plain: '', legacy: '', offset: '' };
    /** Rows of the table, known after the first reading. */
    let most = settings.rows;
    const seen = new Map<number, ExpectedRows>();
    const rowsOf = ({ load }: BenchSetting, mostRows: number | null) =>
      Math.min(most, load.rows ?? most, mostRows ?? most);
    const read = async (
      setting: BenchSetting,
      { mostRows = null, ...repetition }: SampleSize = {},
    ): Promise<ClientReading> => {
      const address = await proxies.to(remote.address, setting.load.rttMs);
      const limit = rowsOf(setting, mostRows);
      const server = { address, methods, access: remote.access };
      await clients.connect(server, setting);
      const reading = await clients.read(server, setting, { limit, ...repetition });
      remember(seen, limit, reading);
      return reading;
    };
    const [whole] = (await read(usualSetting(settings))).streams;
    if (!whole) throw new InternalError('a reading without a stream');
    if (whole.rows === 0) throw emptyTable(remote);
    most = whole.rows;
    seen.set(most, whole);
    return {
      tables: [tableOfServer(remote, whole)],
      size: { rows: whole.rows, rowBytes: Math.ceil(whole.bytes / whole.rows) },
      database: { provider: 'unknown', version: 'unknown' },
      serverIdleRssBytes: null,
      address: remote.address,
      isOurs: false,
      pinned: pool.pinned,
      cpuMicros: async () => null,
      yardstickMicros: () => clients.first.call(clientOperations.yardstick, undefined),
      expected: (setting, mostRows = null) => {
        const expected = seen.get(rowsOf(setting, mostRows));
        if (!expected) throw new InternalError('rows are expected that were never read');
        return expected;
      },
      stream: async (setting, size) => ({ client: await read(setting, size), server: null }),
      cancel: () => Promise.reject(notSeen('the work of a server for a client that has left')),
      async renew() {
        [clients] = await Promise.all([start(), clients.end()]);
        next = undefined;
      },
      startNext: async () => void (await start()),
      streamFromFreshServer: () => Promise.reject(notSeen('the memory of a server')),
      close: () => pool.close(),
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** Later readings are compared with the first reading of the same number of rows. */
function remember(seen: Map<number, ExpectedRows>, limit: number, { streams }: ClientReading): void {
  const [first] = streams;
  if (!first || seen.has(limit)) return;
  seen.set(limit, { rows: first.rows, bytes: first.bytes, checksum: first.checksum });
}

function tableOfServer({ model, address }: RemoteServer, { rows, bytes, checksum }: ExpectedRows): BenchTable {
  return {
    source: 'server',
    model: model.name,
    rows,
    bytes,
    checksum,
    verified: 'consistent',
    rowBytes: null,
    address,
  };
}

function emptyTable({ address, model }: RemoteServer): EnvironmentError {
  return new EnvironmentError('bench.empty_table', `the server at ${address} has no row of ${model.name} to stream`, {
    nextActions: ['fill its table, or choose another model'],
  });
}

function notSeen(what: string): InternalError {
  return new InternalError(`${what} cannot be seen from outside`);
}
