/** The client's process: counts the streams that it is sent the options of, one after another. */
import { type CountStreamOptions, countStream } from './frame-counter.js';

process.on('message', (options: CountStreamOptions) => {
  countStream({ ...options, request: Buffer.from(options.request) }).then(
    (count) => process.send?.(count),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
