import { describe, expect, it } from 'vitest';
import type { StreamView } from '../../src/bench/executor.js';
import { type BenchProgress, runScenarios } from '../../src/bench/index.js';
import { BenchError } from '../../src/errors/index.js';
import type { BenchSettings } from '../../src/results/index.js';
import { ScriptedExecutor, serverReading, settings } from './scripted-executor.js';

function run(executor: ScriptedExecutor, changes: Partial<BenchSettings> = {}, signal = new AbortController().signal) {
  const progress: BenchProgress[] = [];
  const result = runScenarios({
    settings: { ...settings, mostRounds: changes.rounds ?? settings.rounds, ...changes },
    openExecutor: async () => executor,
    signal,
    onProgress: (one) => progress.push(one),
    now: executor.now,
  });
  return { result, progress };
}

describe('runScenarios', () => {
  it('divides rows by wall time and takes the median of the rounds, with its interval', async () => {
    // 70, 80, 90, 100, 110, 120, 130 ms for 10,000 rows: 100,000 rows/s in the middle.
    const executor = new ScriptedExecutor({ wallMs: (_, run) => (run === 0 ? 1 : 60 + 10 * run) });
    const { cells } = await run(executor, { rounds: 7, mostRounds: 7 }).result;
    const [cell] = cells;
    expect(cell).toMatchObject({ chunk: 100, checkInterval: 10, mode: 'rows', batchRows: null });
    expect(cell?.rowsPerSecond).toBe(100_000);
    expect(cell?.megabytesPerSecond).toBeCloseTo(15);
    const [low = 0, high = 0] = cell?.intervals.rowsPerSecond ?? [];
    // The ends of seven enclose the median in 98 runs of 100, those within them in 87: the interval lies between.
    expect(low).toBeGreaterThan(10_000 / 0.13);
    expect(low).toBeLessThan(10_000 / 0.12);
    expect(high).toBeGreaterThan(10_000 / 0.08);
    expect(high).toBeLessThan(10_000 / 0.07);
    expect(cell?.samples.map(({ round, wallMs }) => [round, wallMs])).toEqual([
      [1, 70],
      [2, 80],
      [3, 90],
      [4, 100],
      [5, 110],
      [6, 120],
      [7, 130],
    ]);
  });

  it('reports CPU a row, memory of a fresh server, and a time split that adds up to the server’s', async () => {
    const { cells } = await run(new ScriptedExecutor({ peakRssBytes: ({ chunk }) => Number(chunk) * 1e6 })).result;
    expect(cells[0]).toMatchObject({
      serverCpuMicrosPerRow: 8,
      clientCpuMicrosPerRow: 5,
      serverPeakRssMb: 100,
      times: { databaseMs: 40, encodeMs: 20, writeMs: 5, drainMs: 10, otherMs: 15 },
      eventLoopP99Ms: 1,
      gcMs: 2,
      peakQueuedBytes: 1000,
    });
    expect(cells.filter(({ chunk }) => chunk === 1000).map(({ serverPeakRssMb }) => serverPeakRssMb)).toEqual([
      1000, 1000, 1000, 1000,
    ]);
  });

  it('runs every setting once a round, in another order each round and the same for the same seed', async () => {
    const rounds = async (seed: number) => {
      const executor = new ScriptedExecutor();
      await run(executor, { seed, rounds: 3 }).result;
      const size = executor.ran.length / 3;
      return [0, 1, 2].map((round) => executor.ran.slice(round * size, (round + 1) * size));
    };
    const [first, second] = await rounds(1);
    expect(new Set(first).size).toBe(8 + 4);
    expect([...(first ?? [])].sort()).toEqual([...(second ?? [])].sort());
    expect(first).not.toEqual(second);
    expect(await rounds(1)).toEqual([first, second, (await rounds(1))[2]]);
    expect((await rounds(2))[0]).not.toEqual(first);
  });

  it('has new processes in each round, which are started while the one before it warms up', async () => {
    const executor = new ScriptedExecutor();
    await run(executor, { rounds: 3, mostRounds: 3 }).result;
    expect([executor.renewals, executor.startedAhead]).toEqual([2, 2]);
  });

  it('begins no round that would end after the time allowed, and says so', async () => {
    // Eight streams of 100 ms a round, and sixteen of its warm-up; memory takes 1.2 s before.
    const { rounds, warnings } = await run(new ScriptedExecutor(), {
      maxTimeSeconds: 9,
      rounds: 100,
    }).result;
    expect(rounds).toBe(3);
    expect(warnings.map(({ code }) => code)).toContain('time-limited');
  });

  it('runs one round even when there is no time for any', async () => {
    const { rounds, cells } = await run(new ScriptedExecutor(), { maxTimeSeconds: 1 }).result;
    expect(rounds).toBe(1);
    expect(cells.every(({ samples }) => samples.length === 1)).toBe(true);
  });

  it('tells how far it is, to the end', async () => {
    const { result, progress } = run(new ScriptedExecutor(), { rounds: 2 });
    await result;
    expect([...new Set(progress.map(({ phase }) => phase))]).toEqual(['memory', 'warm-up', 'measure']);
    expect(progress.at(-1)).toEqual({
      phase: 'measure',
      round: 2,
      rounds: 2,
      isExtended: false,
      step: 12,
      steps: 12,
      etaMs: 0,
    });
  });

  it('says that it adds rounds, where those that were asked for decide too little', async () => {
    const noisy = new ScriptedExecutor({ wallMs: ({ chunk }, run) => (run % 2 === Number(chunk === 100) ? 50 : 150) });
    const { result, progress } = run(noisy, { rounds: 6, mostRounds: 8 });
    await result;
    const measuring = progress.flatMap((one) => (one.phase === 'measure' ? [one] : []));
    const extended = measuring.filter(({ isExtended }) => isExtended);
    expect(new Set(extended.map(({ round, rounds }) => `${round} of ${rounds}`))).toEqual(
      new Set(['7 of 8', '8 of 8']),
    );
    expect(new Set(measuring.filter((one) => !extended.includes(one)).map(({ rounds }) => rounds))).toEqual(
      new Set([6]),
    );
  });

  it.each([
    ['a checksum that is not the table’s', { checksum: 1 }, /checksum is 00000001, and the table's is 00c0ffee/],
    ['a row too few', { rows: 9999 }, /9999 rows arrived, and the table has 10000/],
  ])('fails on %s, however fast', async (_, client, message) => {
    const executor = new ScriptedExecutor({ client: (): Partial<StreamView> => client });
    const { result } = run(executor);
    await expect(result).rejects.toThrow(BenchError);
    await expect(result).rejects.toThrow(message);
    expect(executor.closed).toBe(1);
  });

  it('fails on a wrong row in the middle of the rounds: tinybench’s swallowed error is thrown', async () => {
    let streams = 0;
    const executor = new ScriptedExecutor({
      client: (): Partial<StreamView> => {
        streams += 1;
        return streams > 30 ? { checksum: 2 } : {};
      },
    });
    await expect(run(executor).result).rejects.toThrow('wrong rows at chunk');
  });

  it('fails when the server counted other rows than the client, or ended otherwise than OK', async () => {
    const miscounted = new ScriptedExecutor({ server: () => ({ rows: 10_001 }) });
    await expect(run(miscounted).result).rejects.toThrow('the server counted 10001 rows sent, and 10000 arrived');
    const failed = new ScriptedExecutor({ server: () => ({ status: 'INTERNAL', end: 'failed' }) });
    await expect(run(failed).result).rejects.toThrow('ended its stream with INTERNAL (failed)');
  });

  it('stops when it is aborted, and closes what it opened', async () => {
    const controller = new AbortController();
    const executor = new ScriptedExecutor({
      wallMs: (_, run) => {
        if (run === 3) controller.abort(new Error('enough'));
        return 10;
      },
    });
    await expect(run(executor, {}, controller.signal).result).rejects.toThrow('enough');
    expect(executor.closed).toBe(1);
  });
});

describe('cancellations', () => {
  const left = (changes: { rows: number; rowsRead: number; lastQueryEndedAt?: bigint; endedAt?: bigint }) => {
    const { lastQueryEndedAt = 1_500_000n, endedAt = 3_000_000n, ...counts } = changes;
    return new ScriptedExecutor({
      cancel: () => ({
        receivedRows: 1000,
        cancelledAt: 1_000_000n,
        server: serverReading({ end: 'cancelled', status: 'CANCELLED', lastQueryEndedAt, endedAt, ...counts }),
      }),
    });
  };

  it('are within bounds up to received + in flight + two chunks', async () => {
    const { cancellations, warnings } = await run(left({ rows: 1200, rowsRead: 1400 })).result;
    expect(cancellations[0]).toMatchObject({ chunk: 100, checkInterval: 10, withinBound: true });
    expect(cancellations[0]?.worst).toMatchObject({ receivedRows: 1000, inFlightRows: 200, boundRows: 1400 });
    expect(warnings.map(({ code }) => code)).not.toContain('read-past-bound');
  });

  it('are over with one row more, which is a warning', async () => {
    const { cancellations, warnings } = await run(left({ rows: 1200, rowsRead: 1401 })).result;
    expect(cancellations[0]?.withinBound).toBe(false);
    expect(warnings[0]).toMatchObject({ code: 'read-past-bound' });
  });

  it('time the last query and the end from the client’s cancel; a query that ended before took none', async () => {
    const { cancellations } = await run(left({ rows: 1, rowsRead: 1 })).result;
    expect(cancellations[0]).toMatchObject({ lastQueryMs: 0.5, endedMs: 2 });
    const before = await run(left({ rows: 1, rowsRead: 1, lastQueryEndedAt: 10n })).result;
    expect(before.cancellations[0]).toMatchObject({ lastQueryMs: 0, lastQueryMaxMs: 0 });
  });
});
