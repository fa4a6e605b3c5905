import { deferred, sleep } from '../waits/index.js';

/** How slowly to read: so many rows a second, or at full speed up to a row and then not at all until `resume()`. */
export type SlowConsumerPace = { readonly rowsPerSecond: number } | { readonly pauseAfter: number };

/** A stream that is read slowly. */
export interface SlowConsumer<T> extends AsyncIterable<T> {
  /** Rows handed out so far. */
  readonly received: number;
  /** True while it does not read. */
  readonly paused: boolean;
  /** Reads on at full speed. */
  resume(): void;
}

/**
 * Reads a stream slowly. It begins to read at once: a grpc-js stream that was never read has no backpressure, and would receive the
 * whole table.
 *
 * @example
 * const consumer = slowConsumer(books.streamBooks(), { rowsPerSecond: 100 });
 * for await (const book of consumer) {
 *   if (consumer.received === 10) break;
 * }
 */
export function slowConsumer<T>(stream: AsyncIterable<T>, pace: SlowConsumerPace): SlowConsumer<T> {
  let received = 0;
  let paused = false;
  let resumed = false;
  const resumption = deferred<void>();

  const wait = async (started: number) => {
    if (resumed) return;
    if ('rowsPerSecond' in pace) await sleep(started + (received * 1000) / pace.rowsPerSecond - performance.now());
    else if (received === pace.pauseAfter) {
      paused = true;
      await resumption.promise;
      paused = false;
    }
  };

  return {
    get received() {
      return received;
    },
    get paused() {
      return paused;
    },
    resume() {
      resumed = true;
      resumption.resolve();
    },
    async *[Symbol.asyncIterator]() {
      const started = performance.now();
      for await (const item of stream) {
        received++;
        yield item;
        await wait(started);
      }
    },
  };
}
