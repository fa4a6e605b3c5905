import { describe, expect, it } from 'vitest';
import type { StreamView } from '../../src/bench/executor.js';
import { expectDuration, resolveBenchSettings, runScenarios } from '../../src/bench/index.js';
import { UsageError } from '../../src/errors/index.js';
import { scenarioContent } from '../../src/report/scenario-content.js';
import {
  type BenchSetting,
  type BenchSettings,
  benchResultSchema,
  type ScenarioName,
} from '../../src/results/index.js';
import { type Script, ScriptedExecutor, serverReading, settings } from './scripted-executor.js';

/** One chunk and one interval, for what asks something else. */
const one = { chunks: [1000], checkIntervals: [100] };

async function bench(changes: Partial<BenchSettings>, script: Script = {}) {
  const executor = new ScriptedExecutor(script);
  const result = await runScenarios({
    settings: { ...settings, mostRounds: changes.rounds ?? settings.rounds, ...changes },
    openExecutor: async () => executor,
    signal: new AbortController().signal,
    now: executor.now,
  });
  const cells = (name: string) => result.scenarios.find((scenario) => scenario.name === name)?.cells ?? [];
  return { executor, result, cells };
}

describe('scenarios', () => {
  it('measure once what several of them ask for', async () => {
    const { executor, cells } = await bench({ scenarios: ['throughput', 'legacy', 'offset', 'plain'], rounds: 2 });
    // Eight of the sweep, one of which all three compare with, and the three themselves.
    expect(executor.ran).toHaveLength(2 * (8 + 3));
    expect(cells('legacy').map(({ load, samples }) => [load.method, samples.length])).toEqual([
      ['stream', 2],
      ['legacy', 2],
    ]);
  });

  it('hold a stream against the other ways to read, in the same rounds', async () => {
    const { cells } = await bench(
      { ...one, scenarios: ['plain'] },
      { wallMs: ({ load }) => (load.method === 'plain' ? 300 : 100), peakRssBytes: () => 90e6 },
    );
    expect(cells('plain').map(({ rowsPerSecond, serverPeakRssMb }) => [rowsPerSecond, serverPeakRssMb])).toEqual([
      [100_000, 90],
      [10_000 / 0.3, 90],
    ]);
  });

  it('take part in fewer rounds where a sample takes seconds', async () => {
    const { cells, result } = await bench({ scenarios: ['throughput', 'latency'], rounds: 5 });
    expect(cells('latency').map(({ samples }) => samples.length)).toEqual([3, 3]);
    expect(result.rounds).toBe(5);
  });

  it('keep the longest read of all rounds, which a median of the rounds would hide', async () => {
    let reads = 0;
    const { cells } = await bench(
      { ...one, scenarios: ['latency'], rounds: 3, loads: { ...settings.loads, readsPerSecond: [20] } },
      { wallMs: () => (reads++ % 3 === 1 ? 900 : 10) },
    );
    expect(cells('latency')).toMatchObject([{ latency: { reads: 3, p50Ms: expect.closeTo(10, 1), maxMs: 900 } }]);
  });

  it('end with the last round that has something to measure, and do not call that a lack of time', async () => {
    const { result } = await bench({ scenarios: ['latency'], rounds: 10 });
    expect(result.rounds).toBe(3);
    expect(result.warnings.map(({ code }) => code)).not.toContain('time-limited');
  });

  it('measure memory on fresh servers alone, by the share of the table', async () => {
    const { executor, cells, result } = await bench(
      { ...one, scenarios: ['memory'] },
      { peakRssBytes: ({ load }) => (load.method === 'legacy' ? (load.rows ?? 0) * 1e4 : 90e6) },
    );
    expect(executor.ran).toEqual([]);
    expect(cells('memory').map(({ load, serverPeakRssMb }) => [load.method, load.rows, serverPeakRssMb])).toEqual([
      ['stream', 1000, 90],
      ['stream', 5000, 90],
      ['stream', 10_000, 90],
      ['legacy', 1000, 10],
      ['legacy', 5000, 50],
      ['legacy', 10_000, 100],
    ]);
    expect(result.warnings.map(({ code }) => code)).not.toContain('few-rounds');
  });

  it('sweep the loads that were asked for together with the settings', async () => {
    const loads = { ...settings.loads, clients: [1, 3], rttMs: [0, 20] };
    const { result } = await bench({
      scenarios: ['throughput'],
      loads,
      chunks: [100],
      checkIntervals: [10],
      batchRows: [],
    });
    expect(result.cells.map(({ load }) => [load.clients, load.rttMs])).toEqual([
      [1, 0],
      [1, 20],
      [3, 0],
      [3, 20],
    ]);
    expect(result.cells.map(({ rows, rowsPerSecond }) => [rows, rowsPerSecond])).toEqual([
      [10_000, 100_000],
      [10_000, 100_000],
      [30_000, 300_000],
      [30_000, 300_000],
    ]);
  });
});

describe('other orders and filters', () => {
  const queries = {
    names: ['by isbn', 'where pages (no index)'],
    notes: ['the filter on pages finds 2,502 of 10,000 rows'],
  };

  it('are each measured beside the plain stream of as many rows, in the same rounds', async () => {
    const { cells, result } = await bench(
      { ...one, scenarios: ['queries'], rounds: 3 },
      { queries, wallMs: ({ load }) => (load.query === undefined ? 20 : 80) },
    );
    expect(
      cells('queries').map(({ load, rows, samples }) => [load.query, rows, samples.map(({ round }) => round)]),
    ).toEqual([undefined, ...queries.names].map((query) => [query, 2000, [1, 2, 3]]));
    expect(result.scenarios).toMatchObject([{ name: 'queries', notes: queries.notes }]);
    const [scenario] = result.scenarios;
    const { head, rows, notes } = scenarioContent(scenario ?? { name: 'queries', question: '', cells: [] });
    expect(head[2]).toBe('of the\nplain one');
    expect(rows.map(([label, , share]) => [label, share])).toEqual([
      ['plain stream', ''],
      ['by isbn', '25%'],
      ['where pages (no index)', '25%'],
    ]);
    expect(notes).toEqual(['The filter on pages finds 2,502 of 10,000 rows.']);
  });

  it('leave the plain stream alone where a table has none, with the reasons', async () => {
    const notes = ['Book has no order besides that of its key'];
    const { cells, result } = await bench({ ...one, scenarios: ['queries'] }, { queries: { names: [], notes } });
    expect(cells('queries')).toHaveLength(1);
    expect(result.scenarios).toMatchObject([{ notes }]);
  });
});

describe('a chunk that each stream finds', () => {
  const auto = { chunks: [100, 'auto'], checkIntervals: [100], batchRows: [] } as const;

  it('is measured beside the fixed ones, with the rows that it found', async () => {
    const { result } = await bench(
      { ...auto, scenarios: ['throughput', 'plain'] },
      { server: ({ chunk }) => (chunk === 'auto' ? { chunkSize: 1420 } : {}) },
    );
    expect(result.cells.map(({ chunk, chunkRows }) => [chunk, chunkRows])).toEqual([
      [100, undefined],
      ['auto', 1420],
    ]);
    expect(benchResultSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });

  it('alone is what every scenario reads with, except for ways that have a chunk of their own', async () => {
    const { cells } = await bench({ ...auto, chunks: ['auto'], scenarios: ['plain'] });
    expect(cells('plain').map(({ load, chunk }) => [load.method, chunk])).toEqual([
      ['stream', 'auto'],
      ['plain', 1000],
    ]);
  });

  it('bounds what is read for a client that left by the largest chunk that there was', async () => {
    const reading = (rowsRead: number) => ({
      server: serverReading({ end: 'cancelled', rows: 0, rowsRead, largestChunk: 700 }),
    });
    const { result } = await bench(
      { ...auto, chunks: ['auto'], scenarios: ['cancel'], rounds: 1 },
      { cancel: (_, afterRows) => reading(afterRows + 1400) },
    );
    expect(result.cancellations).toMatchObject([{ chunk: 'auto', withinBound: true }]);
    const beyond = await bench(
      { ...auto, chunks: ['auto'], scenarios: ['cancel'], rounds: 1 },
      { cancel: (_, afterRows) => reading(afterRows + 1401) },
    );
    expect(beyond.result.cancellations).toMatchObject([{ withinBound: false }]);
  });
});

describe('what a scenario sweeps', () => {
  const loads = (changes: Partial<BenchSettings['loads']>) => ({ loads: { ...settings.loads, ...changes } });

  it('is every chunk and interval that was asked for, where no sweep of its own is among the scenarios', async () => {
    const asked = { chunks: [100, 1000], checkIntervals: [10, 100], rounds: 1 };
    const alone = await bench({ ...asked, ...loads({ readsPerSecond: [20] }), scenarios: ['latency'] });
    expect(alone.cells('latency').map(({ chunk, checkInterval }) => [chunk, checkInterval])).toEqual([
      [100, 10],
      [100, 100],
      [1000, 10],
      [1000, 100],
    ]);
    const beside = await bench({ ...asked, ...loads({ readsPerSecond: [20] }), scenarios: ['cancel', 'latency'] });
    expect(beside.cells('latency').map(({ chunk }) => chunk)).toEqual([1000]);
  });

  it('is each load that makes a difference to it, in every combination', async () => {
    const { cells } = await bench({
      ...loads({ partitions: [1, 2], clients: [1, 3], rttMs: [0, 20], paceRowsPerSecond: [100] }),
      scenarios: ['partitions', 'slow-consumer', 'plain'],
      chunks: [1000],
      checkIntervals: [100],
      rounds: 1,
    });
    expect(cells('partitions').map(({ load }) => [load.clients, load.partitions, load.rttMs])).toEqual([
      [1, 1, 0],
      [1, 1, 20],
      [1, 2, 0],
      [1, 2, 20],
      [3, 1, 0],
      [3, 1, 20],
      [3, 2, 0],
      [3, 2, 20],
    ]);
    expect(cells('slow-consumer')).toHaveLength(4);
    expect(cells('plain').map(({ load }) => `${load.method} ${load.clients} ${load.rttMs}`)).toHaveLength(8);
  });

  it('is as many rows over a distance as their real size allows', async () => {
    const { cells } = await bench({ ...one, scenarios: ['distance'], rounds: 1 }, { rowBytes: 40_000 });
    expect(new Set(cells('distance').map(({ load }) => load.rows))).toEqual(new Set([200]));
  });

  it('is a way to read that has no snapshots, once', async () => {
    const { cells } = await bench({
      ...loads({ consistency: ['chunked', 'snapshot'] }),
      scenarios: ['throughput', 'legacy'],
      rounds: 1,
    });
    expect(cells('legacy').map(({ load }) => [load.method, load.consistency])).toEqual([
      ['stream', 'chunked'],
      ['stream', 'snapshot'],
      ['legacy', 'chunked'],
    ]);
  });
});

describe('figures of a load', () => {
  const only = { rounds: 1, chunks: [100], checkIntervals: [10], batchRows: [] };

  it('count a read from when it was due, not from when it began', async () => {
    const loads = { ...settings.loads, readsPerSecond: [4] };
    const lateMs = [0, 10, 20, 400];
    const { cells } = await bench(
      { ...only, scenarios: ['latency'], loads: { ...loads, clients: [4] } },
      { client: (_, index): Partial<StreamView> => ({ lateMs: lateMs[index] ?? 0, wallMs: 5 }) },
    );
    // The scripted client makes one stream a client.
    expect(cells('latency')[0]?.latency).toMatchObject({ p50Ms: expect.closeTo(15, 1), maxMs: 405 });
    const late = await bench(
      { ...only, scenarios: ['latency'], loads },
      { client: (): Partial<StreamView> => ({ lateMs: 400, wallMs: 5 }) },
    );
    expect(late.cells('latency')[0]).toMatchObject({
      latency: { p50Ms: expect.closeTo(405, 0), maxMs: 405 },
      firstRowLatency: { p50Ms: expect.closeTo(405, 0), maxMs: 405 },
    });
  });

  it('tell how much less the slowest of many clients got', async () => {
    const { cells } = await bench(
      { ...only, scenarios: ['many-clients'], loads: { ...settings.loads, clients: [4] } },
      { client: (_, index): Partial<StreamView> => ({ wallMs: index === 2 ? 200 : 100 }) },
    );
    expect(cells('many-clients')).toMatchObject([{ fairness: 0.5, rows: 10_000 }]);
  });

  it('tell how far the server had read ahead of a slow consumer', async () => {
    const { cells } = await bench(
      { ...only, scenarios: ['slow-consumer'], loads: { ...settings.loads, paceRowsPerSecond: [100] } },
      { server: () => ({ end: 'cancelled', status: 'CANCELLED', rows: 260, rowsRead: 500 }) },
    );
    expect(cells('slow-consumer')).toMatchObject([{ rows: 200, readAheadRows: 300, peakQueuedBytes: 1000 }]);
  });

  it('leave blank what cannot be seen of a server of others', async () => {
    const { result } = await bench({ ...only, scenarios: ['throughput'] }, { isOurs: false });
    expect(result.cells).toMatchObject([
      { serverCpuMicrosPerRow: null, times: null, eventLoopP99Ms: null, gcMs: null, serverPeakRssMb: null },
    ]);
    expect(result.guidance.filter(({ audience }) => audience === 'tight-memory')).toEqual([]);
  });
});

describe('the rounds', () => {
  it('end when every rate is as precise as was asked for', async () => {
    const wallMs = (_: unknown, run: number) => (run <= 4 && run % 2 ? 140 : 100);
    const rounds = { rounds: 1000, mostRounds: 1000 };
    const { result } = await bench({ scenarios: ['throughput'], ...rounds, precision: 0.05 }, { wallMs });
    expect(result.rounds).toBeGreaterThan(5);
    expect(result.rounds).toBeLessThan(40);
    expect(result.warnings.map(({ code }) => code)).not.toContain('imprecise');
    const steady = await bench({ scenarios: ['throughput'], ...rounds, precision: 0.05 });
    // Fewer have no interval.
    expect(steady.result.rounds).toBe(6);
  });

  it('go past what is usual for a slow scenario where a precision needs them', async () => {
    const wallMs = (_: unknown, run: number) => (run % 2 ? 140 : 100);
    const { cells } = await bench(
      { ...one, scenarios: ['distance'], rounds: 20, mostRounds: 20, precision: 0.01 },
      { wallMs, rowBytes: 1000 },
    );
    expect(cells('distance').map(({ samples }) => samples.length)).toEqual(Array(6).fill(20));
  });

  it('are run, for all the precision, where there is no rate to be precise about', async () => {
    const { result } = await bench({ scenarios: ['cancel', 'latency'], rounds: 4, precision: 0.05 });
    expect(result.rounds).toBe(4);
    expect(result.cancellations.map(({ samples }) => samples.length)).toEqual([4, 4, 4, 4]);
  });

  /** Four settings of memory, each on three servers. */
  const FRESH = 4 * 3;

  it('begin after twelve passes of a warm-up, the last two no faster than those before', async () => {
    let streams = 0;
    const { executor } = await bench(
      { scenarios: ['throughput'], rounds: 1 },
      { wallMs: () => (++streams <= FRESH + 2 ? 900 : streams <= FRESH + 4 ? 300 : 100) },
    );
    // A slow stream, a faster one, and ten passes of two streams that are faster still; all in rows and in batches.
    expect(executor.warmUps).toBe((1 + 1 + 10 * 2) * 2);
  });

  it('time the first row by nine streams where two chunks are few of the rows, and by one where not', async () => {
    const { result } = await bench(
      { scenarios: ['throughput'], rounds: 1, batchRows: [] },
      { wallMs: () => 500, firstRowsMs: [1, 9, 1, 1, 9, 1, 1, 9] },
    );
    const firstRows = new Map(result.cells.map(({ chunk, firstRowMs }) => [chunk, firstRowMs]));
    expect(Object.fromEntries(firstRows)).toEqual({ 100: 1, 1000: 5 });
  });

  it('fail where a stream that is read for its first row brings too few', async () => {
    const run = bench(
      { scenarios: ['throughput'], rounds: 1, batchRows: [] },
      { client: ({ load }) => (load.rows === 200 ? { rows: 0, firstRowMs: 0 } : {}) },
    );
    await expect(run).rejects.toThrow('0 rows arrived, of 200');
  });

  it('begin when each way has streamed for a while: a fast one more often than a slow one', async () => {
    const { executor } = await bench(
      { scenarios: ['throughput'], rounds: 1 },
      { wallMs: ({ mode }) => (mode === 'rows' ? 600 : 50) },
    );
    expect(executor.warmUps).toBe(12 + 12 * 4);
  });

  it('begin after hundreds of short streams, so that beginning one is compiled', async () => {
    const { executor } = await bench({ scenarios: ['throughput'], rounds: 1 });
    expect(executor.shortStreams).toBe(300);
  });

  it('begin after four passes where there is no time for twelve', async () => {
    const { executor, result } = await bench({ scenarios: ['throughput'], rounds: 1, maxTimeSeconds: 2 });
    expect(executor.warmUps).toBe(4 * 2 * 2);
    expect(result.warnings.map(({ code }) => code)).not.toContain('unsteady');
  });

  it('begin after two passes in a quick run that has no time for more, and say when the second was faster', async () => {
    const quick = { scenarios: ['throughput' as const], rounds: 1, quick: true, maxTimeSeconds: 1 };
    const steady = await bench(quick);
    // Of two ways, a stream a pass.
    expect(steady.executor.warmUps).toBe(2 * 2);
    expect(steady.result.warnings.map(({ code }) => code)).not.toContain('unsteady');
    let wallMs = 4000;
    const unsteady = await bench(quick, {
      wallMs: (_, run) => {
        wallMs *= run === 0 ? 0.9 : 1;
        return run === 0 ? wallMs : 100;
      },
    });
    expect(unsteady.executor.warmUps).toBe(2 * 2);
    expect(unsteady.result.warnings.map(({ code }) => code)).toContain('unsteady');
  });

  it('of a full run read a small table several times in a row, others once, and each less often where time is short', async () => {
    const sampled = async (wallMs: number, maxTimeSeconds = 600) => {
      const { result } = await bench(
        { scenarios: ['throughput'], rounds: 6, maxTimeSeconds },
        { wallMs: () => wallMs },
      );
      const samples = result.cells.flatMap((cell) => cell.samples);
      const rates = new Set(samples.map(({ rowsPerSecond }) => Math.round(rowsPerSecond)));
      expect([...rates, result.rounds]).toEqual([10_000_000 / wallMs, 6]);
      return samples.map(({ readings = 1 }) => readings);
    };
    expect(new Set(await sampled(10))).toEqual(new Set([15]));
    expect(new Set(await sampled(100))).toEqual(new Set([2]));
    expect(new Set(await sampled(200))).toEqual(new Set([1]));
    const short = await sampled(10, 13);
    expect(Math.min(...short)).toBeGreaterThan(1);
    expect(Math.max(...short)).toBeLessThan(15);
  });

  it('of a quick run fill the time: with shorter streams, or with several readings, each row verified', async () => {
    const sampledIn = async (maxTimeSeconds: number, given = {}) => {
      const quick = {
        scenarios: ['throughput' as const],
        quick: true,
        rounds: 6,
        mostRounds: 6,
        maxTimeSeconds,
        given,
      };
      const { result } = await bench(quick, { wallMs: () => 1000 });
      const samples = result.cells.flatMap((cell) => cell.samples);
      expect(new Set(result.cells.map(({ rowsPerSecond }) => rowsPerSecond))).toEqual(new Set([10_000]));
      const rows = samples.map((sample) => sample.rows * (sample.readings ?? 1));
      return { rounds: result.rounds, rows, time: result.durationSeconds / maxTimeSeconds };
    };
    // Six settings of a second each, and four seconds for each warm-up.
    for (const maxTimeSeconds of [50, 90]) {
      const { rounds, time, rows } = await sampledIn(maxTimeSeconds);
      expect([rounds, time > 0.85 && time <= 1]).toEqual([6, true]);
      expect(Math.max(...rows) > 10_000).toBe(maxTimeSeconds === 90);
    }
    expect(new Set((await sampledIn(50, { rows: '10000' })).rows)).toEqual(new Set([10_000]));
    // Two seconds of each setting, and no more.
    expect(Math.max(...(await sampledIn(600)).rows)).toBe(20_000);
  });

  it('of a quick run begin with the shortest streams where they may be far slower than what warmed up', async () => {
    const wallMs = ({ load }: BenchSetting) => (load.rttMs > 0 ? 2000 : 100);
    const far = { ...one, quick: true, scenarios: ['distance' as const], maxTimeSeconds: 55 };
    const { result, cells } = await bench(far, { wallMs, rowBytes: 1000 });
    expect(result.durationSeconds).toBeLessThanOrEqual(55);
    const firsts = cells('distance').flatMap(({ samples: [first] }) => first ?? []);
    expect(new Set(firsts.map(({ rows, readings = 1 }) => rows * readings))).toEqual(new Set([5000]));
    // The distance takes part in five rounds.
    expect(result.rounds).toBe(5);
  });

  it('of a quick run read no more for a first row than a table has, however often it is read', async () => {
    const quick = { quick: true, scenarios: ['throughput' as const], chunks: [9000], checkIntervals: [100] };
    const { cells } = await bench(quick, { wallMs: () => 10 });
    const samples = cells('throughput').flatMap((cell) => cell.samples);
    expect(Math.min(...samples.map(({ readings = 1 }) => readings))).toBeGreaterThan(100);
    expect(samples.filter(({ firstRowStreamsMs }) => firstRowStreamsMs !== undefined)).toEqual([]);
  });

  it('of a quick run read once what has a clock of its own, and the others as often as the time allows', async () => {
    const { cells } = await bench({ quick: true, scenarios: ['throughput', 'slow-consumer'], ...one });
    const readings = (name: ScenarioName) =>
      cells(name).flatMap(({ samples }) => samples.map((sample) => sample.readings ?? 1));
    expect(Math.min(...readings('throughput'))).toBeGreaterThan(1);
    expect(Math.max(...readings('slow-consumer'))).toBe(1);
  });

  it('begin after sixteen passes of a warm-up that never settles, and say so', async () => {
    let wallMs = 4000;
    const { executor, result } = await bench(
      { scenarios: ['throughput'], rounds: 1 },
      {
        wallMs: (_, run) => {
          wallMs *= run === 0 ? 0.95 : 1;
          return run === 0 ? wallMs : 100;
        },
      },
    );
    expect(executor.warmUps).toBe(16 * 2);
    expect(result.warnings.map(({ code }) => code)).toContain('unsteady');
  });
});

describe('expectDuration', () => {
  it('counts what the defaults ask for, and fits the time allowed', () => {
    const { cells, fresh, totalSeconds } = expectDuration(resolveBenchSettings({}));
    expect({ cells, fresh }).toEqual({ cells: 24 + 12 + 3, fresh: 8 + 6 + 3 });
    expect(totalSeconds).toBeLessThanOrEqual(480);
    expect(expectDuration(resolveBenchSettings({ quick: true })).totalSeconds).toBeLessThan(60);
  });

  it('refuses a plan whose first round alone takes far longer than allowed', () => {
    const absurd = resolveBenchSettings({ rows: '100000000' });
    expect(() => expectDuration(absurd)).toThrow(UsageError);
    expect(() => expectDuration(absurd)).toThrow(
      /would take about \d+ hours for a single round, and --max-time is 480/,
    );
  });
});
