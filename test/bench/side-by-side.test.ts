import { describe, expect, it } from 'vitest';
import { compareResults } from '../../src/bench/comparison/compare-results.js';
import { runSideBySide } from '../../src/bench/comparison/side-by-side.js';
import { deferred } from '../../src/waits/index.js';
import { ScriptedExecutor, settings, table } from './scripted-executor.js';

const { signal } = new AbortController();

/** Two scripted builds in turns; what either takes is up to the script. */
async function race(
  before: ScriptedExecutor,
  after: ScriptedExecutor,
  rounds = 6,
  { exactRounds = false, precision = null }: { exactRounds?: boolean; precision?: number | null } = {},
) {
  return runSideBySide({
    settings: { ...settings, rounds, precision },
    exactRounds,
    signal,
    openBefore: async () => before,
    openAfter: async () => after,
    now: () => before.clockMs + after.clockMs,
  });
}

describe('two builds in turns', () => {
  it('measure every setting of the sweep once a round each, and nothing else', async () => {
    const [before, after] = [new ScriptedExecutor(), new ScriptedExecutor()];
    const runs = await race(before, after);
    for (const { cells, rounds } of [runs.before, runs.after]) {
      expect(rounds).toBe(6);
      expect(cells).toHaveLength(8);
      expect(cells.every(({ samples }) => samples.map(({ round }) => round).join() === '1,2,3,4,5,6')).toBe(true);
    }
    expect([before.closed, after.closed]).toEqual([1, 1]);
  });

  it('have warm processes of their own in each round', async () => {
    const [before, after] = [new ScriptedExecutor(), new ScriptedExecutor()];
    await race(before, after);
    for (const { renewals, warmUps } of [before, after]) expect([renewals, warmUps]).toEqual([5, 6 * 16]);
    for (const { startedAhead, renewals } of [before, after]) expect(startedAhead).toBeGreaterThanOrEqual(renewals);
  });

  it('give exact verdicts for scripted times: a tenth slower is a ratio of 0.9', async () => {
    const { before, after } = await race(
      new ScriptedExecutor({ wallMs: () => 90 }),
      new ScriptedExecutor({ wallMs: () => 100 }),
    );
    const { overall, design } = compareResults({ before, after, sideBySide: true });
    expect(design).toBe('side-by-side');
    expect(overall.ratio).toBeCloseTo(0.9, 10);
    expect(overall).toMatchObject({ verdict: 'slower', samples: [6, 6] });
    expect(before.cells[0]?.rowsPerSecond).toBeCloseTo((table.rows / 90) * 1000, 6);
  });

  it('cannot be told apart when they take the same', async () => {
    const { before, after } = await race(new ScriptedExecutor(), new ScriptedExecutor());
    expect(compareResults({ before, after, sideBySide: true }).overall).toMatchObject({
      ratio: 1,
      verdict: 'cannot-tell',
    });
  });

  it('go on past their rounds while the change is known too loosely, but not where so many were asked for', async () => {
    const noisy = () => new ScriptedExecutor({ wallMs: (_, run) => (run % 2 === 0 ? 50 : 150) });
    expect((await race(noisy(), new ScriptedExecutor())).before.rounds).toBe(18);
    expect((await race(noisy(), new ScriptedExecutor(), 6, { exactRounds: true })).before.rounds).toBe(6);
    expect((await race(noisy(), new ScriptedExecutor(), 6, { precision: 0.6 })).before.rounds).toBe(6);
  });

  it('read shorter streams in a quick run, so that its rounds fit the time', async () => {
    const slow = () => new ScriptedExecutor({ wallMs: () => 1000 });
    const [before, after] = [slow(), slow()];
    const runs = await runSideBySide({
      settings: { ...settings, quick: true, rounds: 6, maxTimeSeconds: 90, given: {} },
      signal,
      openBefore: async () => before,
      openAfter: async () => after,
      now: () => before.clockMs + after.clockMs,
    });
    // Whole streams of eight settings of two builds would take 16 s a round, beside the warm-ups.
    expect(runs.before.rounds).toBeGreaterThanOrEqual(6);
    expect(before.clockMs + after.clockMs).toBeLessThanOrEqual(90_000);
  });

  it('stop at the time allowed, with whole rounds', async () => {
    const slow = { wallMs: () => 10_000 };
    const runs = await race(new ScriptedExecutor(slow), new ScriptedExecutor(slow), 100);
    expect(runs.before.rounds).toBeLessThan(100);
    expect(runs.before.rounds).toBe(runs.after.cells[0]?.samples.length);
  });

  it('are both closed when one of them fails', async () => {
    const before = new ScriptedExecutor();
    const after = new ScriptedExecutor({
      wallMs: () => {
        throw new Error('broken');
      },
    });
    await expect(race(before, after)).rejects.toThrow('broken');
    expect([before.closed, after.closed]).toEqual([1, 1]);
  });

  it('end the one that was opened when the other cannot be', async () => {
    const before = new ScriptedExecutor();
    const racing = runSideBySide({
      settings,
      signal,
      openBefore: async () => before,
      openAfter: () => Promise.reject(new Error('no build')),
    });
    await expect(racing).rejects.toThrow('no build');
    expect(before.closed).toBe(1);
  });

  it('are opened at once', async () => {
    const before = new ScriptedExecutor();
    const afterIsAsked = deferred<undefined>();
    const { after } = await runSideBySide({
      settings,
      signal,
      openBefore: () => afterIsAsked.promise.then(() => before),
      openAfter: async () => {
        afterIsAsked.resolve(undefined);
        return new ScriptedExecutor();
      },
      now: () => before.clockMs,
    });
    expect(after.rounds).toBe(settings.rounds);
  });
});
