import type { Server, ServerCredentials } from '@grpc/grpc-js';
import { EnvironmentError, messageOf } from '../errors/index.js';

export interface BindOptions {
  readonly host: string;
  readonly port: number;
  readonly credentials: ServerCredentials;
}

/** @returns The port, also the one that was chosen for 0. @throws EnvironmentError when the address cannot be bound. */
export function bind(server: Server, { host, port, credentials }: BindOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${bracketed(host)}:${port}`, credentials, (error, bound) => {
      if (!error) return resolve(bound);
      server.forceShutdown();
      reject(bindError(error, host, port));
    });
  });
}

/** A host as it is written before a port: an IPv6 address needs brackets. */
export function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function bindError(error: Error, host: string, port: number): EnvironmentError {
  const inUse = /EADDRINUSE/.test(error.message);
  const why = inUse ? 'the port is in use' : messageOf(error);
  return new EnvironmentError('server.bind', `cannot listen on ${bracketed(host)}:${port}: ${why}`, {
    cause: error,
    nextActions: inUse
      ? [`choose another with --port (0 takes a free one), or stop the program that listens on ${port}`]
      : ['choose an address of this machine with --host, such as 127.0.0.1 or 0.0.0.0'],
  });
}
