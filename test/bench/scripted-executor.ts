import type { CancelReading, ClientReading, Executor, ServerReading, StreamReading } from '../../src/bench/executor.js';
import { describeSetting } from '../../src/bench/plan.js';
import type { BenchSetting, BenchSettings, BenchTable } from '../../src/model/index.js';

export const table: BenchTable = {
  source: 'demo',
  model: 'Book',
  rows: 10_000,
  bytes: 1_500_000,
  checksum: 0xc0ffee,
  verified: 'independent',
};

export const settings: BenchSettings = {
  chunks: [100, 1000],
  checkIntervals: [10, 100],
  batchRows: [500],
  rows: table.rows,
  rowBytes: 150,
  rounds: 6,
  maxTimeSeconds: 600,
  seed: 1,
  quick: false,
};

export interface Script {
  /** Wall time of a setting's stream, in milliseconds; `run` counts that setting's streams from 1. */
  readonly wallMs?: (setting: BenchSetting, run: number) => number;
  readonly client?: (setting: BenchSetting) => Partial<ClientReading>;
  readonly server?: (setting: BenchSetting) => Partial<ServerReading>;
  readonly cancel?: (setting: BenchSetting, afterRows: number) => Partial<CancelReading>;
  readonly peakRssBytes?: (setting: BenchSetting) => number;
}

/** Streams that take as long as the script says, on a clock that only they move. */
export class ScriptedExecutor implements Executor {
  readonly table = table;
  readonly database = { provider: 'sqlite', version: '3' };
  readonly serverIdleRssBytes = 100e6;
  /** What ran, in order, without the warm-up. */
  readonly ran: string[] = [];
  closed = 0;
  clockMs = 0;
  readonly #runs = new Map<string, number>();

  constructor(readonly script: Script = {}) {}

  readonly now = (): number => this.clockMs;

  async stream(setting: BenchSetting, options: { limit?: number } = {}): Promise<StreamReading> {
    const isWarmUp = options.limit !== undefined;
    if (!isWarmUp) this.ran.push(`stream ${describeSetting(setting)}`);
    return this.#read(setting, isWarmUp ? 0 : this.#count(setting));
  }

  async cancel(setting: BenchSetting, afterRows: number): Promise<CancelReading> {
    this.ran.push(`cancel ${describeSetting(setting)}`);
    const rowsRead = afterRows + setting.chunk;
    const server = serverReading({ end: 'cancelled', status: 'CANCELLED', rows: afterRows, rowsRead });
    return { receivedRows: afterRows, cancelledAt: 1_000_000n, server, ...this.script.cancel?.(setting, afterRows) };
  }

  async streamFromFreshServer(setting: BenchSetting): Promise<StreamReading> {
    const { client, server } = this.#read(setting, 0);
    return { client, server: { ...server, peakRssBytes: this.script.peakRssBytes?.(setting) ?? 200e6 } };
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  #read(setting: BenchSetting, run: number): StreamReading {
    const wallMs = this.script.wallMs?.(setting, run) ?? 100;
    this.clockMs += wallMs;
    const client: ClientReading = {
      rows: table.rows,
      bytes: table.bytes,
      checksum: table.checksum,
      wallMs,
      firstRowMs: 5,
      gapP50Ms: 0.002,
      gapP99Ms: 0.05,
      cpuMicros: 50_000,
    };
    return {
      client: { ...client, ...this.script.client?.(setting) },
      server: serverReading(this.script.server?.(setting)),
    };
  }

  #count(setting: BenchSetting): number {
    const run = (this.#runs.get(describeSetting(setting)) ?? 0) + 1;
    this.#runs.set(describeSetting(setting), run);
    return run;
  }
}

export function serverReading(changes: Partial<ServerReading> = {}): ServerReading {
  return {
    end: 'done',
    status: 'OK',
    rows: table.rows,
    rowsRead: table.rows,
    durationMs: 90,
    databaseMs: 40,
    encodeMs: 20,
    drainMs: 10,
    peakRssBytes: 200e6,
    cpuMicros: 80_000,
    lastQueryEndedAt: 500_000n,
    endedAt: 3_000_000n,
    ...changes,
  };
}
