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
