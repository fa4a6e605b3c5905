import { StreamError } from '../../runtime/index.js';

/** Clients remembered at a time: past it, those that have been quiet longest start with a full bucket again. */
const MAX_CLIENTS = 10_000;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Calls a second by client: a bucket of one second's worth, which fills as it is emptied. */
export class CallRate {
  private readonly perSecond: number;
  private readonly buckets = new Map<string, Bucket>();

  /** @param perSecond 0 sets no limit. */
  constructor(perSecond: number) {
    this.perSecond = perSecond;
  }

  /** @throws StreamError RESOURCE_EXHAUSTED when the client has begun too many calls. */
  take(client: string, nowMs = performance.now()): void {
    if (this.perSecond === 0) return;
    const bucket = this.refilled(client, nowMs);
    if (bucket.tokens < 1) throw tooMany(this.perSecond, ((1 - bucket.tokens) / this.perSecond) * 1000);
    bucket.tokens--;
  }

  private refilled(client: string, nowMs: number): Bucket {
    const last = this.buckets.get(client) ?? { tokens: this.perSecond, filledAtMs: nowMs };
    const gained = ((nowMs - last.filledAtMs) / 1000) * this.perSecond;
    const bucket = { tokens: Math.min(this.perSecond, last.tokens + gained), filledAtMs: nowMs };
    // Set anew, so that the map's order is that of the last call.
    this.buckets.delete(client);
    this.buckets.set(client, bucket);
    const [oldest] = this.buckets.keys();
    if (this.buckets.size > MAX_CLIENTS && oldest !== undefined) this.buckets.delete(oldest);
    return bucket;
  }
}

function tooMany(perSecond: number, retryAfterMs: number): StreamError {
  return new StreamError('limit.rate', `a client may begin ${perSecond} calls a second`, {
    status: 'RESOURCE_EXHAUSTED',
    phase: 'request',
    retryAfterMs: Math.ceil(retryAfterMs),
  });
}
