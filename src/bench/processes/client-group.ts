import type { BenchSetting } from '../../results/index.js';
import { type ClientReading, type LeftStream, oneReading, type Repetition, readInTurn, wallMsOf } from '../executor.js';
import type { ServerPlace } from '../wire/server-place.js';
import type { Child } from './child-process.js';
import type { ProcessPool } from './process-pool.js';
import { type ClientShare, clientOperations, cpuOperation } from './protocol.js';

interface ReadingSize extends Repetition {
  /** Most rows of one stream; null for all. */
  readonly limit: number | null;
}

/** The processes that read from a server. */
export interface ClientGroup {
  /** The first of them, which alone reads what has one client. */
  readonly first: Child;
  /** Starts and connects what a setting's load needs, so that no sample pays for it. */
  connect(server: ServerPlace, setting: BenchSetting): Promise<void>;
  /** Reads what a setting's load asks for, its clients shared out among the processes. */
  read(server: ServerPlace, setting: BenchSetting, size: ReadingSize): Promise<ClientReading>;
  /** Reads so many rows and leaves. */
  leave(server: ServerPlace, setting: BenchSetting, afterRows: number): Promise<LeftStream>;
  end(): Promise<void>;
}

/** As many processes as there are cores for the clients, and no more than a load has clients: none of them is then the limit for want of cores. */
export async function openClientGroup(pool: ProcessPool): Promise<ClientGroup> {
  const first = await pool.start('client', process.env);
  // It answers once its code is loaded, which is over before anything is measured.
  await first.call(cpuOperation, undefined);
  const members = [first];
  /** A load that has one client, or a machine that has one core for them, needs no other process. */
  const membersFor = async ({ load }: BenchSetting): Promise<{ child: Child; share: ClientShare }[]> => {
    const of = Math.min(load.clients, pool.clientCores);
    while (members.length < of) members.push(await pool.start('client', process.env));
    return members.slice(0, of).map((child, index) => ({ child, share: { index, of } }));
  };
  return {
    first,
    async connect(server, setting) {
      const own = await membersFor(setting);
      await Promise.all(
        own.map(({ child, share }) => child.call(clientOperations.connect, { server, setting, share })),
      );
    },
    async read(server, setting, { limit, ...size }) {
      const own = await membersFor(setting);
      const read = async ({ readings, leastMs } = oneReading): Promise<ClientReading> => {
        const parts: readonly ClientReading[] = await Promise.all(
          own.map(({ child, share }) => {
            return child.call(clientOperations.read, { server, setting, share, limit, readings, leastMs });
          }),
        );
        return parts.reduce(together);
      };
      /** Of several processes, each would begin its next reading whenever it has ended its own part. */
      return own.length === 1 ? read({ ...oneReading, ...size }) : readInTurn(size, () => read());
    },
    leave: (server, setting, afterRows) => first.call(clientOperations.leave, { server, setting, afterRows }),
    end: async () => void (await Promise.all(members.map(pool.end))),
  };
}

function together(a: ClientReading, b: ClientReading): ClientReading {
  const streams = [...a.streams, ...b.streams];
  return {
    streams,
    wallMs: wallMsOf(streams),
    pingMs: a.pingMs,
    cpuMicros: a.cpuMicros + b.cpuMicros,
    loopBusyMs: Math.max(a.loopBusyMs, b.loopBusyMs),
    loopWaitedMs: a.loopWaitedMs === null || b.loopWaitedMs === null ? null : Math.max(a.loopWaitedMs, b.loopWaitedMs),
  };
}
