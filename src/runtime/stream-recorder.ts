import type { StreamEnd, StreamSummary } from './stream-summary.js';

/** Measures one stream: a few clock readings a chunk, none a row. */
export class StreamRecorder {
  rows = 0;
  rowsRead = 0;
  queries = 0;
  lastQueryEndedAt = 0n;
  private readonly startedAt = performance.now();
  private databaseMs = 0;
  private encodeMs = 0;
  private drainMs = 0;
  private queryMs = 0;
  private queryStartedAt = this.startedAt;

  queryStarted(): void {
    this.queryStartedAt = performance.now();
  }

  queryEnded(rows: number): void {
    this.queryMs += performance.now() - this.queryStartedAt;
    this.queries++;
    this.rowsRead += rows;
    this.lastQueryEndedAt = process.hrtime.bigint();
  }

  async timeDatabase<T>(work: Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work;
    } finally {
      this.databaseMs += performance.now() - start;
    }
  }

  /**
   * Waiting for a turn of the event loop is waiting for the database as far as a query of this stream ended meanwhile: a driver that
   * reads in this very thread holds the loop while it does.
   */
  async timeTurn(turn: Promise<void>): Promise<void> {
    const start = performance.now();
    const queryMsBefore = this.queryMs;
    await turn;
    this.databaseMs += Math.min(performance.now() - start, this.queryMs - queryMsBefore);
  }

  async timeDrain<T>(work: Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work;
    } finally {
      this.drainMs += performance.now() - start;
    }
  }

  timeEncode(work: () => void): void {
    const start = performance.now();
    try {
      work();
    } finally {
      this.encodeMs += performance.now() - start;
    }
  }

  summary(facts: {
    readonly model: string;
    readonly method: string;
    readonly end: StreamEnd;
    readonly status: string;
    readonly messages: number;
    readonly bytes: number;
    readonly peakQueuedBytes: number;
  }): StreamSummary {
    const durationMs = performance.now() - this.startedAt;
    const seconds = durationMs / 1000;
    return {
      ...facts,
      rows: this.rows,
      durationMs,
      rowsPerSecond: seconds > 0 ? this.rows / seconds : 0,
      averageLatencySeconds: this.rows > 0 ? seconds / this.rows : 0,
      times: { databaseMs: this.databaseMs, encodeMs: this.encodeMs, drainMs: this.drainMs },
      queries: this.queries,
      rowsRead: this.rowsRead,
      lastQueryEndedAt: this.lastQueryEndedAt,
    };
  }
}
