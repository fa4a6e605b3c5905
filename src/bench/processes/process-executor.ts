import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError, InternalError, messageOf } from '../../errors/index.js';
import { type BenchSetting, type BenchSettings, describeSetting, plainLoad } from '../../results/index.js';
import type { BenchTarget } from '../database/target.js';
import type { Executor, ExpectedRows } from '../executor.js';
import { type PreparedTable, prepareTables } from './prepare-tables.js';
import { openProcessPool, type ProcessPool } from './process-pool.js';
import { clientOperations } from './protocol.js';
import { type ServeTablesOptions, serveTables, tableOf } from './served-tables.js';

interface ProcessExecutorOptions {
  readonly target: BenchTarget;
  readonly settings: BenchSettings;
  readonly signal: AbortSignal;
  readonly onPrepare?: (done: number, total: number) => void;
  /** Where the compiled entries of the processes are. Default: beside this file. */
  readonly entries?: URL;
  /** Node flags of the servers whose speed is measured; `--expose-gc` must be among them. Default: those that make a server steady soon. */
  readonly serverExecArgv?: readonly string[];
}

/** An executor with real processes behind it. */
export interface ProcessExecutor extends Executor {
  readonly pids: { readonly server: number | undefined; readonly client: number | undefined };
  /** The first table's server, from which other programs may read as well. */
  readonly serverAddress: string;
}

/**
 * Runs servers and clients in separate processes, so that neither's garbage nor event loop affects the other; a third process makes the
 * tables and computes their checksums; a fourth one adds distance.
 *
 * @throws BenchError when a process dies; EnvironmentError when the database or the disk refuses.
 */
export async function openProcessExecutor(options: ProcessExecutorOptions): Promise<ProcessExecutor> {
  const { target, settings, entries = new URL('.', import.meta.url) } = options;
  const scratch = await makeScratchFolder();
  const pool = await openProcessPool({ ...target, ...options, entries });
  const close = async () => {
    await pool.close();
    await scratch.remove();
  };
  try {
    const tables = await prepareTables(pool, { target, settings, scratch: scratch.path });
    return await openExecutor(pool, { target: servedTarget(target, settings), tables, close });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Requests name their chunk, except those for `auto`, which is a setting of the server. */
function servedTarget(target: BenchTarget, { chunks }: BenchSettings): BenchTarget {
  return chunks.includes('auto') ? { ...target, streaming: { ...target.streaming, chunkSize: 'auto' } } : target;
}

/** A temporary folder that is removed when this process ends. */
interface ScratchFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** @throws EnvironmentError when the system's temporary folder cannot be written to. */
async function makeScratchFolder(): Promise<ScratchFolder> {
  const path = await mkdtemp(join(tmpdir(), 'grpc-stream-bench-')).catch((cause: unknown) => {
    throw new EnvironmentError('bench.no_scratch', `no scratch folder can be made: ${messageOf(cause)}`, {
      cause,
      nextActions: ['set TMPDIR to a folder that can be written to'],
    });
  });
  /** A second Ctrl-C ends the process at once, without running `finally`. */
  const removeNow = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', removeNow);
  return {
    path,
    remove: async () => {
      process.off('exit', removeNow);
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

interface Opening extends ServeTablesOptions {
  readonly close: () => Promise<void>;
}

async function openExecutor(pool: ProcessPool, { close, ...serving }: Opening): Promise<ProcessExecutor> {
  const { tables } = serving;
  let served = await serveTables(pool, serving);
  let next: ReturnType<typeof serveTables> | undefined;
  const start = () => (next ??= serveTables(pool, serving));
  const idle = await served.of(smallest).stream(smallest);
  const { table, size, database, queries, queryNotes } = tableOf(tables, smallest);
  return {
    tables: [table, ...tables.slice(1).map((other) => other.table)],
    size,
    queries: { names: [...queries.keys()], notes: queryNotes },
    database,
    serverIdleRssBytes: idle.server.peakRssBytes,
    isOurs: true,
    pinned: pool.pinned,
    get pids() {
      return { server: served.of(smallest).server.pid, client: served.clients.first.pid };
    },
    address: null,
    get serverAddress() {
      return served.of(smallest).address;
    },
    cpuMicros: pool.cpuMicros,
    yardstickMicros: () => served.clients.first.call(clientOperations.yardstick, undefined),
    expected: (setting, mostRows) => expectedOf(tableOf(tables, setting), atMost(setting, mostRows)),
    stream: (setting, { mostRows, ...repetition } = {}) =>
      served.of(setting).stream(atMost(setting, mostRows), repetition),
    cancel: (setting, afterRows) => served.of(setting).cancel(setting, afterRows),
    async streamFromFreshServer(setting) {
      const fresh = await served.fresh(setting);
      for (let stream = 0; stream < WARMING_STREAMS; stream += 1) await fresh.stream(warmingOf(setting));
      await fresh.collect();
      const reading = await fresh.stream(setting);
      await pool.end(fresh.server);
      return reading;
    },
    async renew() {
      [served] = await Promise.all([start(), served.end()]);
      next = undefined;
    },
    // Servers that wait take a hundred megabytes each.
    startNext: async () => void (tables.length === 1 && (await start())),
    close,
  };
}

/** The setting with no more rows than that. */
function atMost(setting: BenchSetting, mostRows: number | null = null): BenchSetting {
  const { load } = setting;
  if (mostRows === null) return setting;
  return { ...setting, load: { ...load, rows: Math.min(mostRows, load.rows ?? mostRows) } };
}

/** Enough to make a server load its lazy modules. */
const smallest: BenchSetting = {
  chunk: 1,
  checkInterval: 1,
  mode: 'rows',
  batchRows: null,
  load: { ...plainLoad, rows: 1 },
};

/** A server's code is compiled, and its heap grown as far as code makes it, before what a table adds is measured. */
const WARMING_STREAMS = 3;
const WARMING_ROWS = 2000;
const WARMING_CHUNK = 100;

/** A few rows of the same stream, of which little is held at once. */
function warmingOf({ load, ...setting }: BenchSetting): BenchSetting {
  const { method, consistency, compression, rowBytes } = load;
  const rows = Math.min(WARMING_ROWS, load.rows ?? WARMING_ROWS);
  const chunk = setting.chunk === 'auto' ? setting.chunk : Math.min(WARMING_CHUNK, setting.chunk);
  return { ...setting, chunk, load: { ...plainLoad, method, consistency, compression, rowBytes, rows } };
}

function expectedOf({ expected }: PreparedTable, setting: BenchSetting): ExpectedRows {
  const rows = expected(setting.load.rows, setting.load.query);
  if (rows) return rows;
  throw new InternalError(`the expected rows of ${describeSetting(setting)} were not asked for`);
}
