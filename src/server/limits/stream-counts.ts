import { StreamError } from '../../runtime/index.js';
import type { CallLimits } from './call-limits.js';

/** Places come free whenever a stream ends; a second is a polite while to wait for one. */
const RETRY_MS = 1000;

/** How many calls run, in all and by client. */
export class StreamCounts {
  private total = 0;
  private readonly byClient = new Map<string, number>();
  private readonly limits: Pick<CallLimits, 'maxStreams' | 'maxStreamsPerClient'>;

  constructor(limits: Pick<CallLimits, 'maxStreams' | 'maxStreamsPerClient'>) {
    this.limits = limits;
  }

  /**
   * Takes a place.
   *
   * @returns Gives it back; harmless when called twice.
   * @throws StreamError RESOURCE_EXHAUSTED when there is none.
   */
  enter(client: string): () => void {
    const { maxStreams, maxStreamsPerClient } = this.limits;
    const ofClient = this.byClient.get(client) ?? 0;
    if (maxStreams > 0 && this.total >= maxStreams)
      throw exhausted('limit.streams', 'the server has no room for more streams');
    if (maxStreamsPerClient > 0 && ofClient >= maxStreamsPerClient) {
      throw exhausted('limit.client_streams', `a client may have ${maxStreamsPerClient} streams at a time`);
    }
    this.total++;
    this.byClient.set(client, ofClient + 1);
    let inside = true;
    return () => {
      if (inside) this.leave(client);
      inside = false;
    };
  }

  private leave(client: string): void {
    this.total--;
    const rest = (this.byClient.get(client) ?? 1) - 1;
    if (rest > 0) this.byClient.set(client, rest);
    else this.byClient.delete(client);
  }
}

function exhausted(code: string, message: string): StreamError {
  return new StreamError(code, message, { status: 'RESOURCE_EXHAUSTED', phase: 'request', retryAfterMs: RETRY_MS });
}
