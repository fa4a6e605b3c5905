import { Socket } from 'node:net';
import { WriteStream } from 'node:tty';
import type { SqlReader, StreamLogger } from '../runtime/index.js';
import { databaseInternals } from '../runtime/internals/database-internals.js';
import { grpcInternals, grpcVersion } from '../runtime/internals/grpc-js.js';
import { missingFeatures } from '../runtime/internals/internal.js';
import { pipeInternals } from '../runtime/internals/standard-error.js';

// Some features use parts of a dependency that it does not document. Another version may lack one: the server runs without the feature, and
// the log says so.

/** Logs which undocumented parts the installed grpc-js lacks. */
export async function warnOfMissingGrpcInternals(logger: StreamLogger | undefined): Promise<void> {
  const missing = (await grpcInternals()).filter(({ works }) => !works);
  if (missing.length === 0) return;
  logger?.warn(
    { grpcJs: grpcVersion(), missing: missing.map(({ name }) => name) },
    `this version of @grpc/grpc-js is not supported, and the server runs without ${missingFeatures(missing)}`,
  );
}

/** Logs when a pipe that nobody reads would hold the server. A file and a terminal need no such part. */
export function warnOfMissingPipeInternals(stream: object, logger: StreamLogger): void {
  if (!(stream instanceof Socket) || stream instanceof WriteStream) return;
  const { name, works, means } = pipeInternals(stream);
  if (!works)
    logger.warn(
      { node: process.version, missing: [name] },
      `this version of Node is not supported, and the server runs without ${means}`,
    );
}

/** Logs which undocumented parts Prisma's client, its driver adapter and the driver lack: once, on the first connection. */
export function warnOfMissingDatabaseInternals(
  prisma: object,
  logger: StreamLogger,
): (connection: SqlReader) => Promise<void> {
  let isChecked = false;
  return async (connection) => {
    if (isChecked) return;
    try {
      const missing = (await databaseInternals(prisma, connection)).filter(({ works }) => !works);
      isChecked = true;
      if (missing.length === 0) return;
      logger.warn(
        { provider: connection.provider, missing: missing.map(({ name }) => name) },
        `this version of Prisma or of its database driver is not supported, and the server runs without ${missingFeatures(missing)}`,
      );
    } catch (err) {
      // The next connection is checked instead.
      logger.debug({ err }, 'the undocumented parts of Prisma and of its database driver were not checked');
    }
  };
}
