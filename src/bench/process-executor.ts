import { join } from 'node:path';
import type { BenchSetting, BenchSettings, BenchTable } from '../model/index.js';
import { type Child, startChild } from './child-process.js';
import type { CancelReading, Executor, StreamReading } from './executor.js';
import { beginStream, connect, finishStream, leaveStream, prepareTable, readStream, startServer } from './protocol.js';
import { makeScratchFolder, type ScratchFolder } from './scratch-folder.js';
import type { BenchTarget } from './target.js';

export interface ProcessExecutorOptions {
  readonly target: BenchTarget;
  readonly settings: BenchSettings;
  readonly signal: AbortSignal;
  readonly onPrepare?: (done: number, total: number) => void;
  /** Where the compiled entries of the processes are. Default: beside this file. */
  readonly entries?: URL;
}

/** An executor with real processes behind it. */
export interface ProcessExecutor extends Executor {
  readonly pids: { readonly server: number | undefined; readonly client: number | undefined };
}

/**
 * A server and a client in processes of their own, so that neither's garbage nor event loop is the other's, and a table
 * that a third process made and read for itself.
 *
 * @throws BenchError when a process dies; EnvironmentError when the database or the disk refuses.
 */
export async function openProcessExecutor(options: ProcessExecutorOptions): Promise<ProcessExecutor> {
  const scratch = await makeScratchFolder();
  const open: Child[] = [];
  const start = (name: ProcessName) => {
    const child = startProcess(name, options, scratch);
    open.push(child);
    return child;
  };
  const close = async () => {
    await Promise.all(open.map((child) => child.close()));
    await scratch.remove();
  };
  try {
    const prepared = await prepare(start('database'), options);
    const server = start('server');
    const client = start('client');
    const limit = options.target.source === 'project' ? prepared.table.rows : null;
    const address = await server.call(startServer, wireTarget(options));
    await client.call(connect, address);
    const { server: idle } = await stream(server, client, { setting: smallest, limit: 1 });
    return {
      ...prepared,
      serverIdleRssBytes: idle.peakRssBytes,
      pids: { server: server.pid, client: client.pid },
      stream: (setting, options) => stream(server, client, { setting, limit: options?.limit ?? limit }),
      cancel: (setting, afterRows) => cancel(server, client, { setting, afterRows }),
      async streamFromFreshServer(setting) {
        const fresh = start('server');
        await client.call(connect, await fresh.call(startServer, wireTarget(options)));
        const reading = await stream(fresh, client, { setting, limit });
        await fresh.close();
        await client.call(connect, address);
        return reading;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type ProcessName = 'database' | 'server' | 'client';

function startProcess(
  name: ProcessName,
  { target, signal, onPrepare, entries = new URL('.', import.meta.url) }: ProcessExecutorOptions,
  scratch: ScratchFolder,
): Child {
  return startChild({
    name,
    entry: new URL(`${name}-process.js`, entries),
    execArgv: [...(name === 'client' ? [] : target.execArgv), '--expose-gc'],
    env: environmentOf(target, scratch),
    cwd: target.cwd,
    signal,
    ...(onPrepare ? { onProgress: onPrepare } : {}),
  });
}

/** The demo's database is a scratch file; a project names its own. */
function environmentOf({ source }: BenchTarget, scratch: ScratchFolder): NodeJS.ProcessEnv {
  if (source === 'project') return process.env;
  return { ...process.env, DATABASE_URL: `file:${join(scratch.path, 'bench.db')}` };
}

/** The database process ends before anything is measured. */
async function prepare(database: Child, options: ProcessExecutorOptions) {
  const { target, settings } = options;
  const { rows, rowBytes, seed } = settings;
  const { provider, version, checksum, ...counted } = await database.call(prepareTable, {
    ...wireTarget(options),
    fill: target.source === 'demo' ? { rows, rowBytes, seed } : null,
    maxRows: rows,
  });
  await database.close();
  const table: BenchTable = {
    source: target.source,
    model: target.model,
    ...counted,
    checksum: checksum ?? 0,
    verified: 'independent',
  };
  return { table, database: { provider, version } };
}

/** Enough to make a server load what it loads lazily. */
const smallest: BenchSetting = { chunk: 1, checkInterval: 1, mode: 'rows', batchRows: null };

async function stream(
  server: Child,
  client: Child,
  request: { readonly setting: BenchSetting; readonly limit: number | null },
): Promise<StreamReading> {
  await server.call(beginStream, undefined);
  const read = await client.call(readStream, request);
  return { client: read, server: await server.call(finishStream, undefined) };
}

async function cancel(
  server: Child,
  client: Child,
  request: { readonly setting: BenchSetting; readonly afterRows: number },
): Promise<CancelReading> {
  await server.call(beginStream, undefined);
  const left = await client.call(leaveStream, request);
  return { ...left, server: await server.call(finishStream, undefined) };
}

function wireTarget({ target: { modules, schemaPath, model, streaming } }: ProcessExecutorOptions) {
  return { target: { modules, schemaPath, model, streaming } };
}
