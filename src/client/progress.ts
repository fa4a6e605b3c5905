import type { StreamBreak } from './resume.js';

/** The progress of a stream. */
export interface StreamProgress {
  /** Rows delivered to the caller. */
  readonly rows: number;
  /** Bytes of the messages received, including those that were sent again after a break. */
  readonly bytes: number;
  /** The mean rate since the first read, including breaks. */
  readonly rowsPerSecond: number;
  /** How often the stream was opened. */
  readonly attempts: number;
  /** Set when the stream has just broken: the reason, and when it is opened again. */
  readonly broken?: StreamBreak;
}

export interface ProgressOptions {
  /** Called with the progress of the stream: while rows arrive, at every break, and at the end. An error that it throws ends the stream. */
  readonly onProgress?: ((progress: StreamProgress) => void) | undefined;
  /** The least milliseconds between two reports while rows arrive. Default 1000. */
  readonly progressIntervalMs?: number | undefined;
}

/** Counts the rows and bytes of a stream, and reports its progress. */
export class ProgressMeter {
  rows = 0;
  bytes = 0;
  attempts = 0;
  private startedAt: number | undefined;
  private reportedAt = 0;
  private readonly options: ProgressOptions;

  constructor(options: ProgressOptions) {
    this.options = options;
  }

  /** The time counts from the first call. */
  callOpened(): void {
    this.attempts++;
    this.startedAt ??= performance.now();
  }

  /** Reports if the last report is long enough ago. */
  reportWhenDue(): void {
    const { onProgress, progressIntervalMs = 1000 } = this.options;
    if (onProgress && performance.now() - this.reportedAt >= progressIntervalMs) this.report();
  }

  report(broken?: StreamBreak): void {
    this.reportedAt = performance.now();
    const { rows, bytes, attempts } = this;
    const rowsPerSecond = (rows * 1000) / Math.max(1, this.reportedAt - (this.startedAt ?? this.reportedAt));
    this.options.onProgress?.({ rows, bytes, rowsPerSecond, attempts, ...(broken ? { broken } : {}) });
  }
}
