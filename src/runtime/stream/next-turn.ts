/** Streams of one client that wait for a turn, oldest first. */
interface Waiting {
  readonly streams: Set<() => void>;
  /** How long its turns took, on a clock that no client is behind: one that has waited for rows saves up no turns. */
  usedMs: number;
}

const clients = new Map<string, Waiting>();

/** The time that the client with the last turn had used. */
let clockMs = 0;
let turning = false;

export interface TurnOptions {
  /** While the wait lasts, this has a function that ends it. A stopped stream calls it: it must not wait for streams that still have work. */
  readonly waits?: Set<() => void> | undefined;
  /** Whose stream it is. Without a name, it is one of the same nameless client's. */
  readonly client?: string | undefined;
}

/**
 * Yields to the event loop, in which cancellations and other clients' requests arrive: promises alone do not let it turn.
 *
 * In each turn of the loop one stream continues: fifty fast streams delay a health check by the work of one interval, not of fifty. It is the
 * oldest one of the client whose turns took the least time: a client with two hundred streams has as much of the server as one with one.
 */
export function nextTurn({ waits, client = '' }: TurnOptions = {}): Promise<void> {
  return new Promise((resolve) => {
    const waiting = clients.get(client) ?? { streams: new Set(), usedMs: 0 };
    clients.set(client, waiting);
    if (waiting.streams.size === 0) waiting.usedMs = Math.max(waiting.usedMs, clockMs);
    const take = () => {
      waiting.streams.delete(take);
      waits?.delete(take);
      resolve();
    };
    waits?.add(take);
    waiting.streams.add(take);
    if (!turning) setImmediate(giveTurn);
    turning = true;
  });
}

function giveTurn(): void {
  const next = mostEntitled();
  if (!next) {
    forgetClients();
    return;
  }
  const [take] = next.streams;
  clockMs = next.usedMs;
  // A client that is alone takes nothing from others: no clock is read.
  if (clients.size === 1) {
    take?.();
    turning = next.streams.size > 0;
    if (turning) setImmediate(giveTurn);
    return;
  }
  const startedMs = performance.now();
  take?.();
  // The stream works after this function, and before the next turn of the loop.
  setImmediate(() => {
    next.usedMs += performance.now() - startedMs;
    giveTurn();
  });
}

function mostEntitled(): Waiting | undefined {
  let least: Waiting | undefined;
  for (const [name, client] of clients) {
    // One that has had no more than others counts as one that was never here.
    if (client.streams.size === 0 && client.usedMs <= clockMs) clients.delete(name);
    if (client.streams.size > 0 && (!least || client.usedMs < least.usedMs)) least = client;
  }
  return least;
}

/** While nobody waits, nobody has had too much. */
function forgetClients(): void {
  turning = false;
  clients.clear();
  clockMs = 0;
}
