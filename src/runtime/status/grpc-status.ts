import { Metadata, status as Status } from '@grpc/grpc-js';
import { StreamError } from '../../errors/index.js';
import { databaseErrorOf } from '../database/database-error.js';
import { statusDetails } from './status-details.js';
import { StreamStopped, stopError } from './stream-stopped.js';

/** What goes onto the wire when a stream ends. */
export interface WireStatus {
  readonly code: Status;
  readonly name: string;
  readonly details: string;
  readonly metadata?: Metadata;
}

/**
 * Only the text of a {@link StreamError} reaches the wire; what else went wrong is for the log alone. Of a database that was kept from
 * answering the client hears that much, and when to ask again.
 */
export function statusOf(error: unknown, yieldTimeout: number): WireStatus {
  const known = knownError(error, yieldTimeout);
  if (!known) return { code: Status.INTERNAL, name: 'INTERNAL', details: 'internal error' };
  const details = [known.message, ...known.nextActions].join('; ');
  const code = Status[known.status];
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(statusDetails(known, { code, message: details })));
  return { code, name: known.status, details, metadata };
}

function knownError(error: unknown, yieldTimeout: number): StreamError | undefined {
  if (error instanceof StreamStopped) return stopError(error.stop, yieldTimeout);
  return error instanceof StreamError ? error : databaseErrorOf(error);
}
