import { abortable, deferred } from './waits.js';

/** Lets only so many do something at a time. The others wait, and go on in the order in which they came. */
export class Semaphore {
  private free: number;
  private readonly waiting = new Set<() => void>();

  /** @param permits How many may do it at a time. */
  constructor(permits: number) {
    this.free = permits;
  }

  /**
   * Waits for a permit.
   *
   * @returns Gives the permit back; a second call does nothing.
   * @throws The signal's reason when the signal is aborted first.
   */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.free > 0) this.free--;
    else await this.turn(signal);
    let held = true;
    return () => {
      if (held) this.release();
      held = false;
    };
  }

  private async turn(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = deferred<void>();
    this.waiting.add(resolve);
    try {
      await (signal ? abortable(promise, signal) : promise);
    } catch (error) {
      // The permit may have been passed on at the very moment of the abort.
      if (!this.waiting.delete(resolve)) this.release();
      throw error;
    }
  }

  /** Passes the permit on to the one that has waited longest. */
  private release(): void {
    const [next] = this.waiting;
    if (!next) {
      this.free++;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}
