/** How much one client, and all of them, may take; 0 sets no limit. */
export interface CallLimits {
  /** Most calls at a time, of all clients. Default 10,000. */
  readonly maxStreams: number;
  /** Most calls at a time of one client. Default 1,000. */
  readonly maxStreamsPerClient: number;
  /** Most calls that one address may begin a second; with twice as many its connections are cut. Default 1,000. */
  readonly maxCallsPerSecond: number;
  /** Most connections at a time, of all clients. Default 10,000. */
  readonly maxConnections: number;
  /** Most connections at a time from one address. Default 1,000. */
  readonly maxConnectionsPerClient: number;
}
