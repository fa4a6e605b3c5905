import { describe, expect, it } from 'vitest';
import type { SampleSize, TableSize } from '../../src/bench/executor.js';
import { planBench } from '../../src/bench/plan.js';
import { warmUp } from '../../src/bench/rounds/warm-up.js';
import type { BenchSetting, BenchSettings, StreamMode } from '../../src/results/index.js';
import { deferred } from '../../src/waits/index.js';
import { ScriptedExecutor, settings } from './scripted-executor.js';

interface Warmed {
  readonly tableRows: number;
  /** How fast a way reads, after so many streams of it. */
  readonly rowsPerMs: (mode: StreamMode, streams: number) => number;
  readonly settings?: Partial<BenchSettings>;
  /** Other work, over after so many streams. */
  readonly besideStreams?: number;
}

/** The streams of a warm-up, without the short ones, and whether it ended steady. */
async function warmed({ tableRows, rowsPerMs, settings: own, besideStreams }: Warmed) {
  const beside = deferred<void>();
  const streams: { readonly mode: StreamMode; readonly rows: number; readonly limit: number | null }[] = [];
  class Table extends ScriptedExecutor {
    override readonly size: TableSize = { rows: tableRows, rowBytes: 150 };

    override async stream(setting: BenchSetting, size?: SampleSize) {
      const { mode, load } = setting;
      if (size?.readings !== undefined) return super.stream(setting, size);
      const rows = load.rows ?? tableRows;
      const before = streams.filter((stream) => stream.mode === mode).length;
      streams.push({ mode, rows, limit: load.rows });
      if (streams.length === besideStreams) beside.resolve();
      const wallMs = rows / rowsPerMs(mode, before);
      this.clockMs += wallMs;
      const reading = await super.stream(setting);
      return { ...reading, client: { ...reading.client, wallMs } };
    }
  }
  const executor = new Table({ wallMs: () => 0 });
  const all = { ...settings, scenarios: ['throughput' as const], batchRows: [], ...own };
  const { steady } = await warmUp(planBench(all).cells, {
    executor,
    settings: all,
    now: executor.now,
    signal: new AbortController().signal,
    onProgress: () => {},
    beside: besideStreams === undefined ? undefined : beside.promise,
  });
  return { streams, steady };
}

/** Rows of each stream of a warm-up that reads so many rows a millisecond. */
async function streamed(rowsPerMs: number, tableRows: number): Promise<number[]> {
  const { streams, steady } = await warmed({ tableRows, rowsPerMs: () => rowsPerMs });
  expect(steady).toBe(true);
  return streams.map(({ rows }) => rows);
}

describe('a warm-up', () => {
  it('streams for as long as its passes last, after a first stream that says how fast it is', async () => {
    expect(await streamed(400, 1_000_000)).toEqual([10_000, 70_000, ...Array(11).fill(80_000)]);
  });

  it('streams a way that is slow for no longer than that', async () => {
    expect(await streamed(50, 1_000_000)).toEqual(Array(12).fill(10_000));
  });

  it('repeats the stream of a table that is shorter than a pass', async () => {
    expect(await streamed(100, 8000)).toEqual(Array(12 * 3).fill(8000));
  });

  it('reads all of a table of which a pass reads most, without a limit, as what is measured does', async () => {
    const { streams } = await warmed({ tableRows: 100_000, rowsPerMs: () => 400 });
    expect(streams.map(({ limit }) => limit)).toEqual([10_000, ...Array(12).fill(null)]);
  });

  it('spends the time that is left on the way that still gets faster', async () => {
    const { streams, steady } = await warmed({
      tableRows: 1_000_000,
      rowsPerMs: (mode, before) => (mode === 'rows' ? 50 : Math.min(50, 30 + 4 * before)),
      // Beside four passes of each way, it allows five more.
      settings: { batchRows: [500], maxTimeSeconds: 110, rounds: 6 },
    });
    const passes = (mode: StreamMode) => streams.filter((stream) => stream.mode === mode).length;
    expect([passes('rows'), passes('batches'), steady]).toEqual([4, 8, true]);
  });

  it('of a quick run ends once no way gets faster, and leaves the time to what is measured', async () => {
    const { streams, steady } = await warmed({
      tableRows: 1_000_000,
      rowsPerMs: () => 50,
      settings: { quick: true, maxTimeSeconds: 55 },
    });
    expect([streams.length, steady]).toEqual([2, true]);
  });

  it('lasts longer than other work, beside which a way is slower than it is', async () => {
    const { streams, steady } = await warmed({
      tableRows: 1_000_000,
      besideStreams: 20,
      rowsPerMs: (_, before) => (before < 20 ? 25 : 50),
    });
    // Twelve passes, as without other work.
    expect([streams.length, steady]).toEqual([20 + 12, true]);
  });

  it('of a plan that rates nothing waits for the work beside it', async () => {
    const executor = new ScriptedExecutor();
    const beside = new Promise((resolve) => setImmediate(resolve));
    const { cells } = planBench({ ...settings, scenarios: ['cancel'] });
    const options = { executor, settings, now: executor.now, signal: new AbortController().signal };
    expect(await warmUp(cells, { ...options, beside, onProgress: () => {} })).toMatchObject({ steady: true });
    expect([cells.length > 0, executor.warmUps]).toEqual([true, 0]);
  });

  it('fails with the work beside it', async () => {
    const beside = Promise.reject(new Error('no server can start'));
    const options = { executor: new ScriptedExecutor(), settings, now: () => 0, signal: new AbortController().signal };
    const { cells } = planBench(settings);
    await expect(warmUp(cells, { ...options, beside, onProgress: () => {} })).rejects.toThrow('no server can start');
  });
});
