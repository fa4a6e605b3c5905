import type { ChunkSource, RowReader } from '../runtime/index.js';
import { interceptRow } from './intercept-row.js';

/** Handles on a stall. */
export interface Stall {
  /** Settles when the row has been come to. */
  readonly stalled: Promise<void>;
  /** Lets it go on. */
  release(): void;
}

/**
 * Makes a source, or a delegate, hang when it comes to a row, counted from 1, until it is released.
 *
 * A source delivers the rows before it. Of a delegate the whole query hangs that would have brought the row, as with a database.
 *
 * @example
 * const query = stallAtRow(3, iterableSource([1, 2, 3, 4]));
 * void query.stalled.then(() => query.release());
 * for await (const message of streamQuery({ query, toMessage: (row) => row })) await handle(message);
 */
export function stallAtRow<T>(row: number, source: ChunkSource<T>): ChunkSource<T> & Stall;
export function stallAtRow(row: number, delegate: RowReader): RowReader & Stall;
export function stallAtRow(row: number, target: ChunkSource<unknown> | RowReader): unknown {
  let release = () => {};
  let reached = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const stalled = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const intercepted = interceptRow(row, target, () => {
    reached();
    return released;
  });
  return Object.assign(intercepted, { stalled, release });
}
