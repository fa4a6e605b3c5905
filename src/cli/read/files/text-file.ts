import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type RowFormat, rowOutput } from '../row-output.js';
import type { PartFile } from './part-files.js';

/** Writes rows to a file of JSON Lines or CSV. */
export function textFile(path: string, format: RowFormat, signal: AbortSignal): PartFile {
  const file = createWriteStream(path, { flush: true });
  const failure = new AbortController();
  // A disk that is full ends the wait for it, too.
  file.on('error', (error) => failure.abort(error));
  const output = rowOutput(format, file, AbortSignal.any([signal, failure.signal]));
  return {
    add(row) {
      failure.signal.throwIfAborted();
      return output.add(row);
    },
    async end() {
      failure.signal.throwIfAborted();
      await output.flush();
      file.end();
      await finished(file);
    },
    async abandon() {
      file.destroy();
    },
  };
}
