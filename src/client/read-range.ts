import type { Client, Metadata } from '@grpc/grpc-js';
import { callForRows, type ServiceFacts } from './call-service.js';
import { type Connection, waitForConnection } from './channel.js';
import type { KeyTypes } from './key-json.js';
import { type ResumeOptions, resumeStream } from './resume-stream.js';
import type { Piece } from './row-stream.js';
import type { Range } from './stream-position.js';
import type { ProgressMeter } from './stream-progress.js';

/** What all ranges of one stream have in common. */
export interface Reading {
  readonly facts: ServiceFacts;
  /** What a place in the order is told by. */
  readonly columns: KeyTypes;
  readonly connection: Connection;
  readonly request: object;
  readonly options: ResumeOptions & { readonly metadata?: Metadata | undefined };
  /** The method that is called. */
  readonly method: string;
  readonly meter: ProgressMeter;
  /** Rows that are still to be delivered; Infinity without a limit. */
  left(): number;
  /** Whether rows of another call go with those that were delivered: they would not with those of a snapshot. */
  mayResume(): boolean;
}

/** Reads a range to its end, over as many calls as it takes. */
export async function* readRange(
  { facts, request, options, method, meter, left, mayResume }: Reading,
  range: Range,
  channel: Client,
  signal: AbortSignal | undefined,
): AsyncGenerator<Piece<object>, void, undefined> {
  const { cursor, partition } = range;
  const batches = resumeStream({
    ...options,
    signal,
    mayResume,
    open(deadline) {
      meter.opened();
      const rest = { after: cursor.after, limit: limitFor(left()), ...(partition ? { partition } : {}) };
      const onBytes = (bytes: number) => {
        meter.bytes += bytes;
      };
      return callForRows(facts, method, channel, { ...request, ...rest }, { ...options, signal, deadline, onBytes });
    },
    connected: () => waitForConnection(channel, options.deadline, signal),
    isComplete: () => left() <= 0,
    onBreak: (broken) => meter.tell(broken),
  });
  for await (const rows of batches) yield { rows, cursor };
  // A limit may have ended it early.
  range.done = left() > 0;
}

/** A request's 0 asks for all rows. */
function limitFor(left: number): bigint {
  return Number.isFinite(left) ? BigInt(left) : 0n;
}
