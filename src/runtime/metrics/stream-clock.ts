import type { StreamTimes } from './stream-metrics.js';

/** A wait that goes on. */
interface Wait {
  readonly phase: 'databaseMs' | 'drainMs';
  readonly startedAt: number;
  /** Time that went into writes before it: a write in its midst is no part of it. */
  readonly writeMsBefore: number;
}

/** Where one stream's time goes. */
export class StreamClock {
  queries = 0;
  rowsRead = 0;
  lastQueryEndedAt = 0n;
  /** Undefined before the first row was handed on. */
  firstRowMs: number | undefined;
  private readonly startedAt = performance.now();
  private readonly spent = { databaseMs: 0, encodeMs: 0, writeMs: 0, drainMs: 0 };
  private queryMs = 0;
  private queryStartedAt = this.startedAt;
  private wait: Wait | undefined;

  get durationMs(): number {
    return performance.now() - this.startedAt;
  }

  /** A stream that waits for minutes must not look idle meanwhile. */
  get times(): StreamTimes {
    const times = { ...this.spent };
    if (this.wait) times[this.wait.phase] += this.since(this.wait.startedAt, this.wait.writeMsBefore);
    return times;
  }

  queryStarted(): void {
    this.queryStartedAt = performance.now();
  }

  /** Returns how long the query took, in milliseconds. */
  queryEnded(rows: number): number {
    const durationMs = performance.now() - this.queryStartedAt;
    this.queryMs += durationMs;
    this.queries++;
    this.rowsRead += rows;
    this.lastQueryEndedAt = process.hrtime.bigint();
    return durationMs;
  }

  async timeWait<T>(phase: Wait['phase'], work: Promise<T>): Promise<T> {
    const wait = { phase, startedAt: performance.now(), writeMsBefore: this.spent.writeMs };
    this.wait = wait;
    try {
      return await work;
    } finally {
      this.wait = undefined;
      this.spent[phase] += this.since(wait.startedAt, wait.writeMsBefore);
    }
  }

  async timeTurn(turn: Promise<void>): Promise<void> {
    const start = performance.now();
    const { writeMs } = this.spent;
    const queryMsBefore = this.queryMs;
    await turn;
    this.spent.databaseMs += Math.min(this.since(start, writeMs), this.queryMs - queryMsBefore);
  }

  timeEncode(work: () => void): void {
    const start = performance.now();
    const { writeMs } = this.spent;
    try {
      work();
    } finally {
      this.spent.encodeMs += this.since(start, writeMs);
    }
  }

  timeWrite(work: () => void): void {
    const start = performance.now();
    try {
      work();
    } finally {
      this.spent.writeMs += performance.now() - start;
      this.firstRow();
    }
  }

  firstRow(): void {
    this.firstRowMs ??= this.durationMs;
  }

  /** Never below zero: sums of small floating-point numbers may differ from one large one in the last digit. */
  private since(start: number, writeMsBefore: number): number {
    return Math.max(0, performance.now() - start - (this.spent.writeMs - writeMsBefore));
  }
}
