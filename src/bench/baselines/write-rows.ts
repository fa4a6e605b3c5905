import { once } from 'node:events';
import type { TableRow } from '../database/find-many.js';
import type { BaselineContext } from './baseline.js';

/** Writes row by row, and waits for drain as the documentation of streams says. */
export async function writeRows(
  call: BaselineContext['call'],
  rows: readonly TableRow[],
  left: AbortSignal,
): Promise<void> {
  for (const row of rows) if (!call.write(row)) await once(call, 'drain', { signal: left });
}

/** Aborted when the client leaves: after that no drain ever comes. */
export function leftSignal(call: BaselineContext['call']): AbortSignal {
  const left = new AbortController();
  call.once('cancelled', () => left.abort());
  return left.signal;
}
