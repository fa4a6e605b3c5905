import type { Child } from './child-process.js';
import type { ProcessPool } from './process-pool.js';
import { startProxy } from './protocol.js';

/** Proxies that stand for distance. */
export interface Proxies {
  /** Where a server is reached over so many milliseconds of round trip; the server itself for none. */
  to(address: string, rttMs: number): Promise<string>;
  end(): Promise<void>;
}

/** One process for all distances, so that the servers' and the clients' event loops do not carry the bytes. */
export function openProxies(pool: ProcessPool): Proxies {
  const addresses = new Map<string, Promise<string>>();
  let proxy: Promise<Child> | undefined;
  const open = async (target: string, rttMs: number) => {
    proxy ??= pool.start('proxy', process.env);
    const { address } = await (await proxy).call(startProxy, { target, delayMs: rttMs / 2 });
    return address;
  };
  return {
    async to(address, rttMs) {
      if (rttMs === 0) return address;
      const key = `${address} ${rttMs}`;
      const known = addresses.get(key) ?? open(address, rttMs);
      addresses.set(key, known);
      return known;
    },
    async end() {
      if (proxy) await pool.end(await proxy);
    },
  };
}
