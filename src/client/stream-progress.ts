import type { StreamBreak } from './resume-stream.js';

/** How far a stream has come. */
export interface StreamProgress {
  /** Rows delivered to the caller. */
  readonly rows: number;
  /** Bytes of messages received, those among them that a break made come twice. */
  readonly bytes: number;
  /** Over the whole time since the stream was begun to be read, its breaks among it. */
  readonly rowsPerSecond: number;
  /** How often the stream was opened. */
  readonly attempts: number;
  /** Set when the stream has just broken: why, and when it is opened again. */
  readonly broken?: StreamBreak;
}

export interface ProgressOptions {
  /** Told how far the stream has come: while rows flow, at every break, and at the end. What it throws ends the stream. */
  readonly onProgress?: ((progress: StreamProgress) => void) | undefined;
  /** Least milliseconds between two reports while rows flow. Default 1000. */
  readonly progressIntervalMs?: number | undefined;
}

/** Counts what a stream brings, and tells of it. */
export class ProgressMeter {
  rows = 0;
  bytes = 0;
  attempts = 0;
  private startedAt: number | undefined;
  private toldAt = 0;
  private readonly options: ProgressOptions;

  constructor(options: ProgressOptions) {
    this.options = options;
  }

  /** A call is opened; time counts from the first. */
  opened(): void {
    this.attempts++;
    this.startedAt ??= performance.now();
  }

  /** Tells, where the last report is long enough ago. */
  tick(): void {
    const { onProgress, progressIntervalMs = 1000 } = this.options;
    if (onProgress && performance.now() - this.toldAt >= progressIntervalMs) this.tell();
  }

  tell(broken?: StreamBreak): void {
    this.toldAt = performance.now();
    const { rows, bytes, attempts } = this;
    const rowsPerSecond = (rows * 1000) / Math.max(1, this.toldAt - (this.startedAt ?? this.toldAt));
    this.options.onProgress?.({ rows, bytes, rowsPerSecond, attempts, ...(broken ? { broken } : {}) });
  }
}
