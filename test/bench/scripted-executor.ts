import {
  type CancelReading,
  type Executor,
  type ExpectedRows,
  type Repetition,
  readInTurn,
  type SampleSize,
  type ServerReading,
  type StreamReading,
  type StreamView,
  type TableSize,
} from '../../src/bench/executor.js';
import { fullSettings } from '../../src/bench/index.js';
import { type BenchSetting, type BenchSettings, type BenchTable, describeSetting } from '../../src/results/index.js';

export const table: BenchTable = {
  source: 'demo',
  model: 'Book',
  rows: 10_000,
  bytes: 1_500_000,
  checksum: 0xc0ffee,
  verified: 'independent',
  rowBytes: 150,
};

export const settings: BenchSettings = {
  ...fullSettings,
  scenarios: ['throughput', 'cancel'],
  chunks: [100, 1000],
  checkIntervals: [10, 100],
  batchRows: [500],
  rows: table.rows,
  rowBytes: 150,
  rounds: 6,
  mostRounds: 6,
  maxTimeSeconds: 600,
  seed: 1,
  quick: false,
};

export interface Script {
  /** Wall time of a setting's stream, in milliseconds; `run` counts that setting's samples from 1. */
  readonly wallMs?: (setting: BenchSetting, run: number) => number;
  /** What each of a setting's streams looked like to its client. */
  readonly client?: (setting: BenchSetting, index: number) => Partial<StreamView>;
  /** When the first rows come of streams that are read in turn; they take no time. Default: as those of all streams. */
  readonly firstRowsMs?: readonly number[];
  /** How long the client's event loop had work. */
  readonly clientBusyMs?: number;
  readonly server?: (setting: BenchSetting) => Partial<ServerReading>;
  readonly cancel?: (setting: BenchSetting, afterRows: number) => Partial<CancelReading>;
  readonly rowBytes?: number;
  readonly peakRssBytes?: (setting: BenchSetting) => number;
  /** Other orders and filters that the table has. */
  readonly queries?: NonNullable<Executor['queries']>;
  /** Whether the server can be looked into. Default: yes. */
  readonly isOurs?: boolean;
}

/** Streams that take as long as the script says, on a clock that only they move. */
export class ScriptedExecutor implements Executor {
  readonly tables = [table] as const;
  readonly size: TableSize;
  readonly database = { provider: 'sqlite', version: '3' };
  readonly serverIdleRssBytes = 100e6;
  readonly pinned = false;
  readonly address = null;
  readonly isOurs: boolean;
  readonly queries: NonNullable<Executor['queries']>;
  /** What ran, in order, without the warm-up. */
  readonly ran: string[] = [];
  warmUps = 0;
  /** Of the warm-up, of a row each, which take no time. */
  shortStreams = 0;
  renewals = 0;
  /** How often the processes of a renewal were started before it. */
  startedAhead = 0;
  closed = 0;
  clockMs = 0;
  readonly #runs = new Map<string, number>();

  constructor(readonly script: Script = {}) {
    this.isOurs = script.isOurs ?? true;
    this.queries = script.queries ?? { names: [], notes: [] };
    this.size = { rows: table.rows, rowBytes: script.rowBytes ?? 150 };
  }

  readonly now = (): number => this.clockMs;

  readonly cpuMicros = async (): Promise<number | null> => null;

  readonly yardstickMicros = async (): Promise<number> => 10_000;

  expected({ load }: BenchSetting, mostRows?: number | null): ExpectedRows {
    const rows = Math.min(table.rows, load.rows ?? table.rows, mostRows ?? table.rows);
    return { rows, bytes: rows * 150, checksum: table.checksum };
  }

  /** Where something is measured, the most rows are given; where a stream is read for its beginning, how often alone. */
  async stream(setting: BenchSetting, { mostRows, ...repetition }: SampleSize = {}): Promise<StreamReading> {
    if (mostRows !== undefined) {
      this.ran.push(`stream ${describeSetting(setting)}`);
      const run = this.#count(setting);
      return this.#readTimes(repetition, () => this.#read(setting, run, mostRows));
    }
    if (repetition.readings !== undefined) return this.#beginnings(setting, repetition.readings);
    this.warmUps += 1;
    return this.#read(setting, 0);
  }

  async cancel(setting: BenchSetting, afterRows: number): Promise<CancelReading> {
    this.ran.push(`cancel ${describeSetting(setting)}`);
    const rowsRead = afterRows + (setting.chunk === 'auto' ? 1000 : setting.chunk);
    const server = serverReading({ end: 'cancelled', status: 'CANCELLED', rows: afterRows, rowsRead });
    return { receivedRows: afterRows, cancelledAt: 1_000_000n, server, ...this.script.cancel?.(setting, afterRows) };
  }

  async streamFromFreshServer(setting: BenchSetting): Promise<StreamReading> {
    const { client, server } = this.#read(setting, 0);
    const peakRssBytes = this.script.peakRssBytes?.(setting) ?? 200e6;
    return { client, server: server && { ...server, peakRssBytes } };
  }

  async renew(): Promise<void> {
    this.renewals += 1;
  }

  async startNext(): Promise<void> {
    this.startedAhead += 1;
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  async #readTimes(repetition: Repetition, read: () => StreamReading): Promise<StreamReading> {
    const readings: StreamReading[] = [];
    const client = await readInTurn(repetition, async () => {
      const reading = read();
      readings.push(reading);
      return reading.client;
    });
    const [{ server } = read()] = readings;
    return { client, server: server && repeated(server, readings.length) };
  }

  /** Streams of a few rows take no time. */
  #beginnings(setting: BenchSetting, readings: number): Promise<StreamReading> {
    const { firstRowsMs = [] } = this.script;
    if (setting.load.rows === 1) this.shortStreams += readings;
    let turn = 0;
    return this.#readTimes({ readings }, () => {
      const { client, server } = this.#reading(setting, 0, null);
      const firstRowMs = firstRowsMs[turn++];
      const streams = client.streams.map((stream) => ({
        ...stream,
        ...(firstRowMs === undefined ? {} : { firstRowMs }),
      }));
      return { client: { ...client, streams }, server };
    });
  }

  #read(setting: BenchSetting, run: number, mostRows: number | null = null): StreamReading {
    const wallMs = (this.script.wallMs?.(setting, run) ?? 100) * ((mostRows ?? table.rows) / table.rows);
    this.clockMs += wallMs;
    return this.#reading(setting, wallMs, mostRows);
  }

  #reading(setting: BenchSetting, wallMs: number, mostRows: number | null): StreamReading {
    const streams = Array.from(
      { length: setting.load.clients },
      (_, index): StreamView => ({
        ...this.expected(setting, mostRows),
        wireBytes: this.expected(setting, mostRows).bytes,
        streams: 1,
        lateMs: 0,
        startedAt: 0n,
        endedAt: BigInt(Math.round(wallMs * 1e6)),
        wallMs,
        firstRowMs: 5,
        gapP50Ms: 0.002,
        gapP99Ms: 0.05,
        ...this.script.client?.(setting, index),
      }),
    );
    const rows = streams.reduce((sum, stream) => sum + stream.rows, 0);
    return {
      client: {
        streams,
        wallMs,
        pingMs: setting.load.rttMs || null,
        cpuMicros: 50_000,
        loopBusyMs: this.script.clientBusyMs ?? 50,
        loopWaitedMs: 0,
      },
      server:
        this.script.isOurs === false ? null : serverReading({ rows, rowsRead: rows, ...this.script.server?.(setting) }),
    };
  }

  #count(setting: BenchSetting): number {
    const run = (this.#runs.get(describeSetting(setting)) ?? 0) + 1;
    this.#runs.set(describeSetting(setting), run);
    return run;
  }
}

/** Counts and times add up; the worst of all stays what it is. */
function repeated({ times, ...server }: ServerReading, count: number): ServerReading {
  const { rows, rowsRead, durationMs, loopBusyMs, cpuMicros, gcMs } = server;
  const sums = { rows, rowsRead, durationMs, loopBusyMs, cpuMicros, gcMs };
  const multiplied = <Sums extends object>(figures: Sums) =>
    Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, figure * count])) as Sums;
  return { ...server, ...multiplied(sums), times: times && multiplied(times) };
}

export function serverReading(changes: Partial<ServerReading> = {}): ServerReading {
  return {
    end: 'done',
    status: 'OK',
    rows: table.rows,
    rowsRead: table.rows,
    durationMs: 90,
    times: { databaseMs: 40, encodeMs: 20, writeMs: 5, drainMs: 10 },
    startRssBytes: 120e6,
    peakRssBytes: 200e6,
    loopBusyMs: 85,
    loopWaitedMs: 0,
    cpuMicros: 80_000,
    eventLoopP99Ms: 1,
    gcMs: 2,
    peakQueuedBytes: 1000,
    chunkSize: 1000,
    largestChunk: 1000,
    lastQueryEndedAt: 500_000n,
    endedAt: 3_000_000n,
    ...changes,
  };
}
