import type { StreamEnd, StreamSummary } from './stream-summary.js';

/** Measures one stream: a few clock readings a chunk, none a row. */
export interface StreamRecorder {
  queryStarted(): void;
  queryEnded(rows: number): void;
  timeDatabase<T>(work: Promise<T>): Promise<T>;
  /**
   * Waiting for a turn of the event loop is waiting for the database as far as a query of this stream ended meanwhile: a driver that
   * reads in this very thread holds the loop while it does.
   */
  timeTurn(turn: Promise<void>): Promise<void>;
  timeDrain<T>(work: Promise<T>): Promise<T>;
  timeEncode(work: () => void): void;
  /** Handing a block to the transport: no part of whatever else is timed meanwhile. */
  timeWrite(work: () => void): void;
  /** The first row is handed on. Handing over the first block says as much. */
  firstRow(): void;
  /** Tells the metrics, and sums up; undefined when nothing was measured. */
  ended(outcome: StreamOutcome): StreamSummary | undefined;
}

export interface StreamOutcome {
  readonly end: StreamEnd;
  /** gRPC status name. */
  readonly status: string;
  /** What was thrown, if anything was. */
  readonly failure: unknown;
}
