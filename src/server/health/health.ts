import type { Server, ServerWritableStream } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

const SERVICE = 'grpc.health.v1.Health';

/** Whether a method, by its full name, asks for the server's health. */
export function isHealthMethod(method: string): boolean {
  return method.startsWith(`${SERVICE}/`);
}

/** Whether a method asks once, as the probes of a container's keeper do: they are answered also when the server is full. */
export function isProbe(method: string): boolean {
  return isHealthMethod(method) && !method.endsWith('/Watch');
}

/** A name under which health is SERVING for as long as the process answers at all, also without its database: for liveness probes. */
const LIVENESS = 'liveness';

/** Standard health checking: of the server as a whole (the empty name) and of each service. */
export interface Health {
  addTo(server: Server): void;
  /** Whether the server as a whole is. */
  readonly serving: boolean;
  /** @param isServing Of each service, by its name; of the server as a whole by the empty one. */
  setServing(isServing: (service: string) => boolean): void;
  /** Says NOT_SERVING for good, and ends whoever watches: watchers would keep the server from closing. */
  end(): void;
}

type WatchCall = ServerWritableStream<{ readonly service: string }, { readonly status: string }>;

export function createHealth(services: readonly string[]): Health {
  const names = ['', ...services];
  const watchers = new Set<WatchCall>();
  const statuses = names.map((name) => [name, 'NOT_SERVING' as const]);
  const health = new HealthImplementation({ ...Object.fromEntries(statuses), [LIVENESS]: 'SERVING' });
  let ended = false;
  let isServing = false;

  function set(isServingNow: (service: string) => boolean): void {
    isServing = isServingNow('');
    for (const name of names) health.setStatus(name, isServingNow(name) ? 'SERVING' : 'NOT_SERVING');
  }

  return {
    get serving() {
      return isServing;
    },
    addTo(server) {
      health.addToServer({
        addService: (definition, implementation) =>
          server.addService(definition, { ...implementation, watch: watched(implementation.watch) }),
      });
    },
    setServing: (isServingNow) => {
      if (!ended) set(isServingNow);
    },
    end() {
      set(() => false);
      ended = true;
      for (const call of watchers) call.end();
    },
  };

  /** The library remembers every name that was ever watched, without end; ours are known, and none is added later. */
  function watched(watch: unknown): (call: WatchCall) => void {
    return (call) => {
      watchers.add(call);
      call.once('cancelled', () => watchers.delete(call));
      if ([...names, LIVENESS].includes(call.request.service) && isHandler(watch)) watch(call);
      else call.write({ status: 'SERVICE_UNKNOWN' });
      if (ended) call.end();
    };
  }
}

function isHandler(value: unknown): value is (call: WatchCall) => void {
  return typeof value === 'function';
}
