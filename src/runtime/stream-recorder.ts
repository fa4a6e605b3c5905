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

  queryEnded(rows: number): void {
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
