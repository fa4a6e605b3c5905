import type { BenchLoad } from '../../results/index.js';
import type { ServerPlace } from '../processes/protocol.js';
import { openRawClient, type RawClient } from './raw-client.js';

/** At least one client. */
export type Clients = readonly [RawClient, ...RawClient[]];

/** Connections that stay open between samples, so that none of them pays for opening one. */
export interface Connections {
  /** A connection for each client that a load asks for, and for each part that it reads. */
  to(server: ServerPlace, load: BenchLoad): Promise<Clients>;
  close(): void;
}

/** A sweep of loads alternates between a few kinds; more would be those of fresh servers that are gone. */
const MOST_KINDS = 32;

export function connections(): Connections {
  const kinds = new Map<string, RawClient[]>();
  return {
    async to(server, { clients, partitions, windowBytes }) {
      const key = `${server.address} ${windowBytes}`;
      const opened = kinds.get(key) ?? [];
      kinds.delete(key);
      kinds.set(key, opened);
      closeOldest(kinds);
      const wanted = clients * partitions;
      while (opened.length < wanted) opened.push(await openRawClient(server, windowBytes));
      const [first, ...rest] = opened.slice(0, wanted);
      return [first ?? (await openRawClient(server, windowBytes)), ...rest];
    },
    close() {
      for (const client of [...kinds.values()].flat()) client.close();
    },
  };
}

function closeOldest(kinds: Map<string, RawClient[]>): void {
  for (const [key, clients] of kinds) {
    if (kinds.size <= MOST_KINDS) return;
    for (const client of clients) client.close();
    kinds.delete(key);
  }
}
