import { UsageError } from '../errors/index.js';
import type { Cursor, StreamPosition } from './stream-position.js';
import type { ProgressMeter } from './stream-progress.js';

/** Rows of a table, one after the other, however often the stream breaks on the way. It is read once. */
export interface RowStream<Row> extends AsyncIterable<Row> {
  /**
   * Where the caller stands: behind the row that it was handed last. It survives JSON, and `stream(request, { position })` goes on from
   * there, in this process or another.
   */
  position(): StreamPosition;
}

/** Rows that came together, and the cursor that moves as they are delivered. */
export interface Piece<Row> {
  readonly rows: readonly Row[];
  readonly cursor: Cursor<Row>;
}

export interface RowStreamOptions<Row> {
  /** Starts to read. */
  readonly read: () => AsyncIterable<Piece<Row>>;
  readonly position: () => StreamPosition;
  readonly meter: ProgressMeter;
}

/** Hands out rows one by one, and keeps count of where the caller stands. */
export function rowStream<Row extends object>({ read, position, meter }: RowStreamOptions<Row>): RowStream<Row> {
  let begun = false;
  return {
    position,
    [Symbol.asyncIterator]() {
      if (begun) {
        throw new UsageError('client.stream_read', 'a stream is read once', {
          nextActions: ['open another, with `position: stream.position()` to go on where this one stands'],
        });
      }
      begun = true;
      return deliver(read, meter);
    },
  };
}

async function* deliver<Row>(
  read: () => AsyncIterable<Piece<Row>>,
  meter: ProgressMeter,
): AsyncGenerator<Row, void, undefined> {
  for await (const { rows, cursor } of read()) {
    for (const row of rows) {
      cursor.last = row;
      meter.rows++;
      yield row;
    }
    meter.tick();
  }
  meter.tell();
}
