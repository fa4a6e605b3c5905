import type { ChunkRequest, ChunkSource, RowReader } from '../runtime/index.js';

/** Does something when a source or a delegate comes to a row, counted from 1 since the interception, and only once. */
export function interceptRow(
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
