import type { ChunkRequest, ChunkSource, RowReader } from '../runtime/index.js';
import { deferred } from '../waits/index.js';

/**
 * Makes a source, or a delegate, fail when it comes to a row, counted from 1.
 *
 * A source delivers the rows before it. A delegate fails the whole query that would have brought the row, as a database does.
 *
 * @example
 * const query = failAtRow(3, new Error('disk full'), iterableSource([1, 2, 3, 4]));
 * const got: number[] = [];
 * try {
 *   for await (const message of streamQuery({ query, toMessage: (row) => row })) got.push(message);
 * } catch {}
 * got; // [1, 2]
 */
export function failAtRow<T>(row: number, error: unknown, source: ChunkSource<T>): ChunkSource<T>;
export function failAtRow(row: number, error: unknown, delegate: RowReader): RowReader;
export function failAtRow(row: number, error: unknown, target: ChunkSource<unknown> | RowReader): unknown {
  return interceptRow(row, target, async () => {
    throw error;
  });
}

/** Controls a stall. */
export interface Stall {
  /** Resolves when the row has been reached. */
  readonly stalled: Promise<void>;
  /** Lets it go on. */
  release(): void;
}

/**
 * Makes a source, or a delegate, hang when it comes to a row, counted from 1, until it is released.
 *
 * A source delivers the rows before it. A delegate hangs with the whole query that would have brought the row, as a database does.
 *
 * @example
 * const query = stallAtRow(3, iterableSource([1, 2, 3, 4]));
 * void query.stalled.then(() => query.release());
 * for await (const message of streamQuery({ query, toMessage: (row) => row })) await handle(message);
 */
export function stallAtRow<T>(row: number, source: ChunkSource<T>): ChunkSource<T> & Stall;
export function stallAtRow(row: number, delegate: RowReader): RowReader & Stall;
export function stallAtRow(row: number, target: ChunkSource<unknown> | RowReader): unknown {
  const [reached, released] = [deferred<void>(), deferred<void>()];
  const intercepted = interceptRow(row, target, () => {
    reached.resolve();
    return released.promise;
  });
  return Object.assign(intercepted, { stalled: reached.promise, release: () => released.resolve() });
}

/** Does something once, when a source or a delegate comes to a row, counted from 1. */
function interceptRow(
  row: number,
  target: ChunkSource<unknown> | RowReader,
  act: () => Promise<void>,
): ChunkSource<unknown> | RowReader {
  return typeof target === 'function' ? sourceWith(row, target, act) : delegateWith(row, target, act);
}

function sourceWith(row: number, source: ChunkSource<unknown>, act: () => Promise<void>): ChunkSource<unknown> {
  return async function* (request: ChunkRequest) {
    let passed = 0;
    for await (const chunk of source(request)) {
      const before = row - 1 - passed;
      if (before >= 0 && before < chunk.length) {
        if (before > 0) yield chunk.slice(0, before);
        await act();
        yield chunk.slice(before);
      } else {
        yield chunk;
      }
      passed += chunk.length;
    }
  };
}

function delegateWith(row: number, delegate: RowReader, act: () => Promise<void>): RowReader {
  let passed = 0;
  return {
    async findMany(args) {
      const rows = await delegate.findMany(args);
      const comesToIt = passed < row && row <= passed + rows.length;
      passed += rows.length;
      if (comesToIt) await act();
      return rows;
    },
  };
}
