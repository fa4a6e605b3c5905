import type { RunningStream, StreamMetrics } from '../../runtime/index.js';

/** Streams that have begun and not told their end yet: a stream reports a little after its client has its status. */
export class ReportedStreams implements StreamMetrics {
  private readonly running = new Set<RunningStream>();
  private onLast = () => {};

  streamStarted(stream: RunningStream): void {
    this.running.add(stream);
  }

  streamEnded(stream: RunningStream): void {
    this.running.delete(stream);
    if (this.running.size === 0) this.onLast();
  }

  /** Resolves when none is left. */
  all(): Promise<void> {
    if (this.running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.onLast = resolve;
    });
  }
}
