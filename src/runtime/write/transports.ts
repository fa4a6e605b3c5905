/** What carries blocks of framed messages to a client. */
export interface MessageTransport {
  /** Hands over one block, for good; `taken` is called when the client's side has room for it. */
  write(block: Buffer, taken: () => void): void;
  /** Whether `reset` works. */
  readonly canReset: boolean;
  /** Ends the stream at once, dropping what is queued; false when it cannot. */
  reset(code: 'cancel' | 'enhance-your-calm'): boolean;
}
