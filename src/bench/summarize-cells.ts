import type { BenchCell, BenchSample, BenchSetting, TimeSplit } from '../model/index.js';
import type { StreamReading } from './executor.js';
import type { MemoryReadings } from './measure-memory.js';
import { describeSetting, memoryKey } from './plan.js';
import type { Measured } from './run-rounds.js';
import { bootstrapInterval, median } from './statistics.js';

const MEGABYTE = 1e6;

/** Each setting's samples from all rounds, pooled into medians with their intervals; in the order of the plan. */
export function summarizeCells(
  plan: readonly BenchSetting[],
  measured: readonly Measured[],
  memory: MemoryReadings,
  table: { readonly rows: number; readonly bytes: number },
): BenchCell[] {
  return plan.map((setting) => cellOf(setting, samplesOf(setting, measured), memory, table));
}

function samplesOf(setting: BenchSetting, measured: readonly Measured[]): BenchSample[] {
  const name = describeSetting(setting);
  return measured.flatMap((one) =>
    one.kind === 'stream' && describeSetting(one.setting) === name ? [sampleOf(one.round, one.reading)] : [],
  );
}

function sampleOf(round: number, { client, server }: StreamReading): BenchSample {
  const { databaseMs, encodeMs, drainMs, durationMs } = server;
  return {
    round,
    wallMs: client.wallMs,
    rowsPerSecond: (client.rows / client.wallMs) * 1000,
    firstRowMs: client.firstRowMs,
    gapP50Ms: client.gapP50Ms,
    gapP99Ms: client.gapP99Ms,
    serverCpuMicrosPerRow: server.cpuMicros / client.rows,
    clientCpuMicrosPerRow: client.cpuMicros / client.rows,
    clientBusy: client.cpuMicros / 1000 / client.wallMs,
    times: { databaseMs, encodeMs, drainMs, otherMs: Math.max(0, durationMs - databaseMs - encodeMs - drainMs) },
  };
}

function cellOf(
  setting: BenchSetting,
  samples: readonly BenchSample[],
  memory: MemoryReadings,
  { rows, bytes }: { readonly rows: number; readonly bytes: number },
): BenchCell {
  const all = (pick: (sample: BenchSample) => number) => samples.map(pick);
  const rates = all((sample) => sample.rowsPerSecond);
  const firstRows = all((sample) => sample.firstRowMs);
  const rowsPerSecond = median(rates);
  return {
    ...setting,
    rows,
    bytes,
    rowsPerSecond,
    rowsPerSecondCi: bootstrapInterval(rates),
    megabytesPerSecond: (rowsPerSecond * bytes) / rows / MEGABYTE,
    firstRowMs: median(firstRows),
    firstRowMsCi: bootstrapInterval(firstRows),
    gapP50Ms: median(all((sample) => sample.gapP50Ms)),
    gapP99Ms: median(all((sample) => sample.gapP99Ms)),
    serverPeakRssMb: (memory.get(memoryKey(setting)) ?? Number.NaN) / MEGABYTE,
    serverCpuMicrosPerRow: median(all((sample) => sample.serverCpuMicrosPerRow)),
    clientCpuMicrosPerRow: median(all((sample) => sample.clientCpuMicrosPerRow)),
    clientBusy: median(all((sample) => sample.clientBusy)),
    times: medianTimes(samples.map((sample) => sample.times)),
    samples,
  };
}

function medianTimes(times: readonly TimeSplit[]): TimeSplit {
  return {
    databaseMs: median(times.map((time) => time.databaseMs)),
    encodeMs: median(times.map((time) => time.encodeMs)),
    drainMs: median(times.map((time) => time.drainMs)),
    otherMs: median(times.map((time) => time.otherMs)),
  };
}
