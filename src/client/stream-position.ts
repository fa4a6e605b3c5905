import type { JsonKey } from './key-json.js';

/** Where a stream stands, as a plain value that survives JSON. */
export interface StreamPosition {
  /** Rows delivered so far, over every process that had part in it: a `limit` counts them. */
  readonly rows: number;
  /** The key of the last of them, in protobuf's JSON; absent before the first. */
  readonly after?: JsonKey;
}
