import type { BenchLoad } from '../results/index.js';

/** What each way to read a table is called in reports. */
export const methodNames: Readonly<Record<BenchLoad['method'], string>> = {
  stream: 'grpc-stream',
  plain: 'plain handler',
  legacy: 'whole table in memory',
  offset: 'skip and take',
};
