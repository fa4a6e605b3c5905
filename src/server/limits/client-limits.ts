import { isIPv6 } from 'node:net';
import type { ServerSettings } from '../../config/index.js';
import type { StreamLogger } from '../../runtime/index.js';

/** The limits of one client, and of all clients together: some of the server's settings, with the same defaults. */
export interface CallLimits
  extends Pick<
    ServerSettings,
    'maxStreams' | 'maxStreamsPerClient' | 'maxCallsPerSecond' | 'maxConnections' | 'maxConnectionsPerClient'
  > {}

/**
 * The most clients that are counted at a time. Beyond that, the client that has not called for longest is dropped, and starts with a full
 * bucket again.
 */
const MAX_CLIENTS = 10_000;

/** The longest time that a client pays for calls beyond its limit. */
const MAX_DEBT_SECONDS = 5;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Limits how many calls a second each client may begin: a token bucket per client, which holds one second's worth of calls. */
export class CallRate {
  private readonly perSecond: number;
  private readonly buckets = new Map<string, Bucket>();

  /** @param perSecond 0 sets no limit. */
  constructor(perSecond: number) {
    this.perSecond = perSecond;
  }

  /**
   * Counts a call of a client.
   *
   * @returns 0 when the client may begin it, or else the milliseconds until it may.
   */
  waitMs(client: string, nowMs = performance.now()): number {
    if (this.perSecond === 0) return 0;
    const bucket = this.refilled(client, nowMs);
    if (bucket.tokens < 1) return ((1 - bucket.tokens) / this.perSecond) * 1000;
    bucket.tokens--;
    return 0;
  }

  /**
   * Counts calls of a client that it has begun already, also beyond its limit: it is then over it until they are paid for.
   *
   * @returns Whether it is within its limit.
   */
  charge(client: string, calls: number, nowMs = performance.now()): boolean {
    if (this.perSecond === 0) return true;
    const bucket = this.refilled(client, nowMs);
    bucket.tokens = Math.max(bucket.tokens - calls, -MAX_DEBT_SECONDS * this.perSecond);
    return bucket.tokens >= 0;
  }

  private refilled(client: string, nowMs: number): Bucket {
    const last = this.buckets.get(client) ?? { tokens: this.perSecond, filledAtMs: nowMs };
    const gained = ((nowMs - last.filledAtMs) / 1000) * this.perSecond;
    const bucket = { tokens: Math.min(this.perSecond, last.tokens + gained), filledAtMs: nowMs };
    // Deleted and set, so that the map is ordered by the last call.
    this.buckets.delete(client);
    this.buckets.set(client, bucket);
    const [oldest] = this.buckets.keys();
    if (this.buckets.size > MAX_CLIENTS && oldest !== undefined) this.buckets.delete(oldest);
    return bucket;
  }
}

export interface ConcurrencyLimits {
  /** Of all clients together; 0 sets no limit. */
  readonly total: number;
  /** 0 sets no limit. */
  readonly perClient: number;
}

/** Limits how many calls, or connections, clients may have at a time. */
export class ConcurrencyLimit {
  private readonly limits: ConcurrencyLimits;
  private readonly byClient = new Map<string, number>();
  private count = 0;

  constructor(limits: ConcurrencyLimits) {
    this.limits = limits;
  }

  /** Whether the limit of all clients together is reached. */
  get full(): boolean {
    return this.limits.total > 0 && this.count >= this.limits.total;
  }

  /**
   * Counts one more of a client.
   *
   * @returns Counts it off again; a second call does nothing. Undefined when a limit is reached.
   */
  enter(client: string): (() => void) | undefined {
    const { perClient } = this.limits;
    const ofClient = this.byClient.get(client) ?? 0;
    if (this.full || (perClient > 0 && ofClient >= perClient)) return undefined;
    this.count++;
    this.byClient.set(client, ofClient + 1);
    let entered = true;
    return () => {
      if (entered) this.leave(client);
      entered = false;
    };
  }

  private leave(client: string): void {
    this.count--;
    const rest = (this.byClient.get(client) ?? 1) - 1;
    if (rest > 0) this.byClient.set(client, rest);
    else this.byClient.delete(client);
  }
}

/**
 * The client of an IP address: the address itself or, for IPv6, its network of 64 bits, since one customer has all addresses of such a
 * network.
 *
 * @param address As Node writes it.
 *
 * @example
 * networkOf('::ffff:10.0.0.1'); // '10.0.0.1'
 * networkOf('2001:db8::1'); // '2001:db8:0:0::/64'
 *
 *
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [left = '', right = ''] = address.replace(/%.*/, '').split('::');
  const [before, after] = [groupsOf(left), groupsOf(right)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':');
}

/** The first event is logged at once; later ones are logged together, once in this time. */
const LOG_INTERVAL_MS = 10_000;

/** Warns about events that clients can cause at any rate, without letting them fill the log. */
export class ThrottledWarning {
  private readonly logger: StreamLogger | undefined;
  private readonly message: string;
  private unlogged = 0;
  private lastFields: object = {};
  private paused = false;

  constructor(logger: StreamLogger | undefined, message: string) {
    this.logger = logger;
    this.message = message;
  }

  add(fields: object): void {
    this.unlogged++;
    this.lastFields = fields;
    if (!this.paused) this.log();
  }

  private log(): void {
    this.paused = this.unlogged > 0;
    if (!this.paused) return;
    this.logger?.warn({ ...this.lastFields, times: this.unlogged }, this.message);
    this.unlogged = 0;
    setTimeout(() => this.log(), LOG_INTERVAL_MS).unref();
  }
}
