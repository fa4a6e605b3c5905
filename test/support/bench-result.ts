import { advise } from '../../src/bench/guidance/advice.js';
import { fullSettings } from '../../src/bench/index.js';
import {
  type Advice,
  type BenchCell,
  type BenchResult,
  type BenchSample,
  type BenchTable,
  type CancellationSample,
  plainLoad,
} from '../../src/results/index.js';

const table: BenchTable = {
  source: 'demo',
  model: 'Book',
  rows: 100_000,
  bytes: 15_000_000,
  checksum: 1,
  verified: 'independent',
  rowBytes: 150,
};

/** What the example's project has now. */
const configured = { chunkSize: 100, cancellationCheckInterval: 10 };

/** A result with figures made up by rule, so that its tables can be compared letter by letter. */
export function exampleResult(): BenchResult {
  const cells = [null, 500].flatMap((batchRows) =>
    [100, 1000].flatMap((chunk) => [10, 1000].map((checkInterval) => exampleCell(chunk, checkInterval, batchRows))),
  );
  const cancellations = [100, 1000].flatMap((chunk) =>
    [10, 1000].map((checkInterval) => exampleCancellation(chunk, checkInterval)),
  );
  return {
    schemaVersion: 3,
    startedAt: '2026-03-01T10:20:30.123Z',
    durationSeconds: 41.6,
    measuredSeconds: 30.2,
    rounds: 5,
    settings: {
      chunks: [100, 1000],
      checkIntervals: [10, 1000],
      batchRows: [500],
      rows: 100_000,
      rowBytes: 150,
      rounds: 8,
      mostRounds: 8,
      maxTimeSeconds: 45,
      seed: 1,
      quick: false,
      scenarios: ['throughput', 'cancel'],
      loads: fullSettings.loads,
      precision: null,
      configured,
      given: {},
    },
    conditions: [1, 2, 3, 4, 5].map((round) => ({
      round,
      steady: true,
      measuredMs: 6040,
      foreignCores: 0,
      yardstickMicros: 10_000,
    })),
    environment: {
      cpu: 'Example CPU',
      cores: 2,
      memoryMb: 16_384,
      os: 'linux 6.1 x64',
      node: 'v20.19.0',
      packages: { 'grpc-stream': '0.1.0', '@grpc/grpc-js': '1.14.7' },
      database: { provider: 'sqlite', version: '3.50.0' },
      serverIdleRssMb: 130.4,
      governor: null,
      commit: null,
      pinned: false,
    },
    table,
    tables: [table],
    cells,
    cancellations,
    scenarios: [],
    guidance: advise({ cells, cancellations, configured }),
    warnings: [
      {
        code: 'time-limited',
        message: 'time ran out after 5 of 8 rounds',
        hint: 'raise --max-time, or sweep fewer values',
      },
    ],
  };
}

/** A result's advice, if the noise had told nothing. */
export function undecidedGuidance({ guidance }: Pick<BenchResult, 'guidance'>): Advice[] {
  return guidance.map((advice) => ({
    ...advice,
    confidence: 'unclear',
    candidates: advice.candidates.map(({ besideNow: _, ...candidate }) => candidate),
  }));
}

export function exampleCell(chunk: number, checkInterval: number, batchRows: number | null): BenchCell {
  const rowsPerSecond = (chunk === 100 ? 60_000 : 100_000) * (batchRows === null ? 1 : 3);
  const times = { databaseMs: 300, encodeMs: 60, writeMs: 40, drainMs: batchRows === null ? 200 : 0, otherMs: 100 };
  const figures = {
    firstRowMs: chunk / 50,
    pingMs: null,
    gapP50Ms: batchRows === null ? 0.0016 : 1.5,
    gapP99Ms: batchRows === null ? 0.048 : 12.25,
    serverCpuMicrosPerRow: 8.25,
    clientCpuMicrosPerRow: batchRows === null ? 4.5 : 0.94,
    clientBusy: 0.4,
    serverBusy: 0.95,
    clientWaited: 0,
    serverWaited: 0,
    times,
    eventLoopP99Ms: null,
    gcMs: null,
    peakQueuedBytes: null,
    readAheadRows: null,
    fairness: null,
    latency: null,
    firstRowLatency: null,
  };
  const samples = [0.98, 0.99, 1, 1.01, 1.02].map(
    (factor, index): BenchSample => ({
      round: index + 1,
      rows: table.rows,
      bytes: table.bytes,
      wireBytes: table.bytes,
      serverPeakRssMb: null,
      serverAddedMb: null,
      wallMs: 1e8 / rowsPerSecond / factor,
      rowsPerSecond: rowsPerSecond * factor,
      ...figures,
    }),
  );
  return {
    chunk,
    checkInterval,
    mode: batchRows === null ? 'rows' : 'batches',
    batchRows,
    load: plainLoad,
    rows: 100_000,
    bytes: 15_000_000,
    rowsPerSecond,
    megabytesPerSecond: (rowsPerSecond * 150) / 1e6,
    limit: 'server',
    serverPeakRssMb: 190 + chunk / 100,
    serverAddedMb: 60 + chunk / 100,
    intervals: {
      rowsPerSecond: around(rowsPerSecond, 0.02),
      megabytesPerSecond: around((rowsPerSecond * 150) / 1e6, 0.02),
      firstRowMs: around(figures.firstRowMs, 0.1),
      gapP50Ms: around(figures.gapP50Ms, 0.1),
      gapP99Ms: around(figures.gapP99Ms, 0.1),
      clientCpuMicrosPerRow: around(figures.clientCpuMicrosPerRow, 0.05),
      serverCpuMicrosPerRow: around(figures.serverCpuMicrosPerRow, 0.05),
      eventLoopP99Ms: null,
      serverPeakRssMb: around(190 + chunk / 100, 0.01),
      serverAddedMb: around(60 + chunk / 100, 0.03),
    },
    ...figures,
    samples,
  };
}

/** An interval from so much below a value to as much above it. */
function around(value: number, share: number): [number, number] {
  return [value * (1 - share), value * (1 + share)];
}

function exampleCancellation(chunk: number, checkInterval: number) {
  const worst: CancellationSample = {
    round: 2,
    receivedRows: 1234,
    inFlightRows: 2345,
    rowsRead: 3579 + chunk,
    boundRows: 3579 + 2 * chunk,
    withinBound: true,
    lastQueryMs: 0,
    endedMs: checkInterval / 100,
  };
  const { lastQueryMs, endedMs } = worst;
  return {
    chunk,
    checkInterval,
    load: plainLoad,
    worst,
    withinBound: true,
    lastQueryMs,
    lastQueryMsInterval: null,
    lastQueryMaxMs: lastQueryMs,
    endedMs,
    endedMsInterval: around(endedMs, 0.2),
    endedMaxMs: endedMs,
    samples: [worst],
  };
}
