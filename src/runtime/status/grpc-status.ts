import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { Metadata, status as Status } from '@grpc/grpc-js';
import { type FieldViolation, StreamError } from '../../errors/index.js';
import { screamingSnakeCase } from '../../model/index.js';
import { databaseErrorOf } from '../database/database-failure.js';
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

/** Whose reasons they are, as `google.rpc.ErrorInfo` names the giver of a reason. */
const DOMAIN = 'grpc-stream';

/** Trailers over 8 KiB are refused by many clients, and then they see neither details nor status. */
const MAX_VIOLATIONS = 16;

/**
 * A serialised `google.rpc.Status` for the trailer `grpc-status-details-bin`, which every gRPC library can read: the reason
 * (`ErrorInfo`), when to ask again (`RetryInfo`), and which fields were wrong (`BadRequest`).
 */
export function statusDetails(
  { code: reason, retryAfterMs, fieldViolations }: Pick<StreamError, 'code' | 'retryAfterMs' | 'fieldViolations'>,
  { code, message }: { readonly code: number; readonly message: string },
): Uint8Array {
  const writer = new BinaryWriter();
  writer.uint32(tag(1, WireType.Varint)).int32(code);
  writer.uint32(tag(2, WireType.LengthDelimited)).string(message);
  writeDetail(writer, 'ErrorInfo', errorInfo(reason));
  if (retryAfterMs !== undefined) writeDetail(writer, 'RetryInfo', retryInfo(retryAfterMs));
  if (fieldViolations.length > 0) writeDetail(writer, 'BadRequest', badRequest(fieldViolations));
  return writer.finish();
}

/** A `google.protobuf.Any` in `Status.details`. */
function writeDetail(writer: BinaryWriter, type: string, value: Uint8Array): void {
  writer.uint32(tag(3, WireType.LengthDelimited)).fork();
  writer.uint32(tag(1, WireType.LengthDelimited)).string(`type.googleapis.com/google.rpc.${type}`);
  writer.uint32(tag(2, WireType.LengthDelimited)).bytes(value);
  writer.join();
}

/** `stream.database_stalled` → `STREAM_DATABASE_STALLED`, as reasons are spelled. */
function errorInfo(code: string): Uint8Array {
  const writer = new BinaryWriter();
  writer.uint32(tag(1, WireType.LengthDelimited)).string(screamingSnakeCase(code));
  writer.uint32(tag(2, WireType.LengthDelimited)).string(DOMAIN);
  return writer.finish();
}

/** The delay is a `google.protobuf.Duration`: seconds, and nanoseconds of the rest. */
function retryInfo(retryAfterMs: number): Uint8Array {
  const milliseconds = Math.max(0, Math.round(retryAfterMs));
  const writer = new BinaryWriter();
  writer.uint32(tag(1, WireType.LengthDelimited)).fork();
  writer.uint32(tag(1, WireType.Varint)).int64(Math.floor(milliseconds / 1000));
  writer.uint32(tag(2, WireType.Varint)).int32((milliseconds % 1000) * 1_000_000);
  writer.join();
  return writer.finish();
}

function badRequest(violations: readonly FieldViolation[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { field, description } of violations.slice(0, MAX_VIOLATIONS)) {
    writer.uint32(tag(1, WireType.LengthDelimited)).fork();
    writer.uint32(tag(1, WireType.LengthDelimited)).string(field);
    writer.uint32(tag(2, WireType.LengthDelimited)).string(description);
    writer.join();
  }
  return writer.finish();
}

function tag(field: number, wireType: WireType): number {
  return (field << 3) | wireType;
}
