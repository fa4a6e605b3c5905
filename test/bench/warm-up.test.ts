import { describe, expect, it } from 'vitest';
import type { TableSize } from '../../src/bench/executor.js';
import { planBench } from '../../src/bench/plan.js';
import { warmUp } from '../../src/bench/rounds/warm-up.js';
import type { BenchSetting } from '../../src/results/index.js';
import { ScriptedExecutor, settings } from './scripted-executor.js';

/** Rows of each stream of a warm-up that reads so many rows a millisecond, without the short ones. */
async function streamed(rowsPerMs: number, tableRows: number): Promise<number[]> {
  const lengths: number[] = [];
  class Table extends ScriptedExecutor {
    override readonly size: TableSize = { rows: tableRows, rowBytes: 150 };

    override async stream(setting: BenchSetting) {
      const rows = setting.load.rows ?? tableRows;
      if (rows > 1) lengths.push(rows);
      const wallMs = rows / rowsPerMs;
      this.clockMs += wallMs;
      const reading = await super.stream(setting);
      return { ...reading, client: { ...reading.client, wallMs } };
    }
  }
  const executor = new Table();
  const one = { ...settings, scenarios: ['throughput' as const], batchRows: [] };
  const { cells } = planBench(one);
  const steady = await warmUp(cells, {
    executor,
    settings: one,
    now: executor.now,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  expect(steady).toBe(true);
  return lengths;
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
});
