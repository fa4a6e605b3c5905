import { isIPv6 } from 'node:net';

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

export interface PlaceLimits {
  /** 0 sets no limit. */
  readonly inAll: number;
  /** 0 sets no limit. */
  readonly perClient: number;
}

/** Places for what clients may have at a time: calls, or connections. */
export class Places {
  private readonly limits: PlaceLimits;
  private readonly byClient = new Map<string, number>();
  private taken = 0;

  constructor(limits: PlaceLimits) {
    this.limits = limits;
  }

  /** Whether there is none for anybody. */
  get full(): boolean {
    return this.limits.inAll > 0 && this.taken >= this.limits.inAll;
  }

  /** @returns Gives the place back, harmless when called twice; undefined when there is none. */
  take(client: string): (() => void) | undefined {
    const { perClient } = this.limits;
    const ofClient = this.byClient.get(client) ?? 0;
    if (this.full || (perClient > 0 && ofClient >= perClient)) return undefined;
    this.taken++;
    this.byClient.set(client, ofClient + 1);
    let inside = true;
    return () => {
      if (inside) this.leave(client);
      inside = false;
    };
  }

  private leave(client: string): void {
    this.taken--;
    const rest = (this.byClient.get(client) ?? 1) - 1;
    if (rest > 0) this.byClient.set(client, rest);
    else this.byClient.delete(client);
  }
}

/**
 * Whom an address counts for: itself, or its network of 64 bits, all of whose addresses are one customer's to choose from.
 *
 * @example
 * networkOf('::ffff:10.0.0.1'); // '10.0.0.1'
 * networkOf('2001:db8::1'); // '2001:db8:0:0::/64'
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [left = '', right = ''] = address.replace(/%.*/, '').split('::');
  const [before, behind] = [groupsOf(left), groupsOf(right)];
  const zeros = Array.from({ length: 8 - before.length - behind.length }, () => '0');
  return `${[...before, ...zeros, ...behind].slice(0, 4).join(':')}::/64`;
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':');
}
