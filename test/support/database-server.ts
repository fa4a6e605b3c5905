/** A real database server of a test's own. */
export interface DatabaseServer {
  readonly url: string;
  /** Ends it and begins anew, with the same data on the same port. */
  restart(options?: RestartOptions): Promise<void>;
  stop(): Promise<void>;
}

export interface RestartOptions {
  /** Orderly, as an operator does it: connections are told, and what is known is written down. Or killed, with all that it runs. */
  readonly how?: 'orderly' | 'killed';
  /** How long it stays away before it begins anew. Default: not at all. */
  readonly awayMs?: number | undefined;
}
