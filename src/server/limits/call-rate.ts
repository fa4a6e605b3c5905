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

  /** Takes one of the client's calls, if there is one: 0, or else the milliseconds until there is. */
  waitMs(client: string, nowMs = performance.now()): number {
    if (this.perSecond === 0) return 0;
    const bucket = this.refilled(client, nowMs);
    if (bucket.tokens < 1) return ((1 - bucket.tokens) / this.perSecond) * 1000;
    bucket.tokens--;
    return 0;
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
