import { setTimeout as delay } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { EnvironmentError, messageOf } from '../errors/index.js';
import { type StreamService, serverChannelOptions } from '../runtime/index.js';

export interface StartServerOptions {
  readonly services: readonly StreamService[];
  /** Default `127.0.0.1`: only this machine. */
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port: number;
}

/** A server that listens. */
export interface RunningServer {
  /** Where clients reach it, such as `127.0.0.1:50051`. */
  readonly address: string;
  readonly port: number;
  /** Takes no new streams, lets running ones end, and cuts those that have not after the grace time (seconds). */
  stop(graceSeconds: number): Promise<void>;
}

/**
 * Starts to listen.
 *
 * @throws EnvironmentError when the address cannot be bound, such as a port in use.
 *
 * @example
 * const server = await startServer({ services: createServices({ prisma }), port: 0 });
 * console.log(server.address);
 * await server.stop(10);
 */
export async function startServer({ services, host = '127.0.0.1', port }: StartServerOptions): Promise<RunningServer> {
  const server = new Server(serverChannelOptions);
  for (const { definition, implementation } of services) server.addService(definition, implementation);
  const bound = await bind(server, host, port);
  return { address: `${bracketed(host)}:${bound}`, port: bound, stop: (graceSeconds) => stop(server, graceSeconds) };
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${bracketed(host)}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (!error) return resolve(bound);
      server.forceShutdown();
      reject(bindError(error, host, port));
    });
  });
}

function bindError(error: Error, host: string, port: number): EnvironmentError {
  const inUse = /EADDRINUSE/.test(error.message);
  const why = inUse ? 'the port is in use' : messageOf(error);
  return new EnvironmentError('server.bind', `cannot listen on ${bracketed(host)}:${port}: ${why}`, {
    cause: error,
    nextActions: inUse
      ? [`choose another with --port (0 takes a free one), or stop what listens on ${port}`]
      : ['choose an address of this machine with --host, such as 127.0.0.1 or 0.0.0.0'],
  });
}

/** An IPv6 address needs brackets before its port. */
function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

async function stop(server: Server, graceSeconds: number): Promise<void> {
  const ended = new Promise<'ended'>((resolve) => server.tryShutdown(() => resolve('ended')));
  const patience = new AbortController();
  const late = delay(graceSeconds * 1000, 'late' as const, { signal: patience.signal }).catch(() => 'ended' as const);
  if ((await Promise.race([ended, late])) === 'late') server.forceShutdown();
  patience.abort();
}
