import { describe, expect, it } from 'vitest';
import { compareResults, judgeComparison, parseFailOn } from '../../src/bench/comparison/compare-results.js';
import type { RatedRun } from '../../src/bench/comparison/rated-run.js';
import { UsageError } from '../../src/errors/index.js';
import type { BenchChunk } from '../../src/results/index.js';
import { exampleResult } from '../support/bench-result.js';

const base = exampleResult();

/** The example with its rates scaled, a cell at a time; sample by sample when asked. */
function scaled(factor: (chunk: BenchChunk, round: number) => number): RatedRun {
  const cells = base.cells.map((cell) => ({
    ...cell,
    rowsPerSecond: cell.rowsPerSecond * factor(cell.chunk, 3),
    samples: cell.samples.map((sample) => ({
      ...sample,
      rowsPerSecond: sample.rowsPerSecond * factor(cell.chunk, sample.round),
    })),
  }));
  return { ...base, cells };
}

/** The example with more rounds: every sample again, a little off. */
function longer(run: RatedRun): RatedRun {
  const again = run.cells.map((cell) => ({
    ...cell,
    samples: [0, 0.001, 0.002].flatMap((offset, copy) =>
      cell.samples.map(({ round, rowsPerSecond, serverCpuMicrosPerRow }) => ({
        round: round + 5 * copy,
        serverCpuMicrosPerRow,
        rowsPerSecond: rowsPerSecond * (1 + offset),
      })),
    ),
  }));
  return { ...run, rounds: 15, cells: again };
}

/** A run in whose rounds other programs kept so many cores busy. */
function beside(foreignCores: number, run: RatedRun): RatedRun {
  return { ...run, conditions: base.conditions.map((round) => ({ ...round, foreignCores })) };
}

/** The example with so many times its CPU time a row, give or take. */
function costlier(factor: number): RatedRun {
  const cells = base.cells.map((cell) => ({
    ...cell,
    samples: cell.samples.map((sample) => ({
      ...sample,
      serverCpuMicrosPerRow: (sample.serverCpuMicrosPerRow ?? 0) * factor * (1 + sample.round / 100),
    })),
  }));
  return { ...base, cells };
}

describe('compareResults', () => {
  it('cannot tell a result from itself, at a ratio of exactly 1', () => {
    const { overall, cells, differences } = compareResults({ before: base, after: base });
    expect(overall).toMatchObject({ ratio: 1, pValue: 1, verdict: 'cannot-tell', samples: [5, 5] });
    expect(cells).toHaveLength(8);
    expect(cells.every(({ ratio, verdict }) => ratio === 1 && verdict === 'cannot-tell')).toBe(true);
    expect(differences).toEqual([]);
  });

  it('finds a tenth lost everywhere, by the exact chance of five rounds all below five others', () => {
    const { overall } = compareResults({ before: base, after: scaled(() => 0.9) });
    expect(overall.ratio).toBeCloseTo(0.9, 10);
    expect(overall.pValue).toBeCloseTo(2 / 252, 10);
    expect(overall.verdict).toBe('slower');
  });

  it('finds a tenth gained', () => {
    expect(compareResults({ before: scaled(() => 0.9), after: base }).overall.verdict).toBe('faster');
  });

  it('raises the chances of single settings for their number, and so asks for more rounds', () => {
    const few = compareResults({ before: base, after: scaled(() => 0.9) });
    expect(few.cells[0]?.pValue).toBeCloseTo((8 * 2) / 252, 10);
    expect(few.cells.every(({ verdict }) => verdict === 'cannot-tell')).toBe(true);
    const many = compareResults({ before: longer(base), after: longer(scaled(() => 0.9)) });
    expect(many.cells.every(({ verdict }) => verdict === 'slower')).toBe(true);
  });

  it('finds one setting that lost while the others did not', () => {
    const after = scaled((chunk) => (chunk === 1000 ? 0.7 : 1));
    const { cells } = compareResults({ before: longer(base), after: longer(after) });
    expect(cells.map(({ chunk, verdict }) => [chunk, verdict])).toEqual(
      base.cells.map(({ chunk }) => [chunk, chunk === 1000 ? 'slower' : 'cannot-tell']),
    );
  });

  it('finds in pairs what noise between the rounds hides otherwise', () => {
    const noise = [0.5, 1.5, 0.8, 1.2, 1];
    const at = (round: number) => noise[round - 1] ?? 1;
    const before = scaled((_, round) => at(round));
    const after = scaled((_, round) => at(round) * 0.95);
    expect(compareResults({ before, after }).overall.verdict).toBe('cannot-tell');
    const paired = compareResults({ before: longer(before), after: longer(after), sideBySide: true });
    expect(paired.overall).toMatchObject({ verdict: 'slower', samples: [15, 15] });
    expect(paired.overall.ratio).toBeCloseTo(0.95, 10);
  });

  it('takes the settings of one round for one sample: what two processes are by chance is no difference of their builds', () => {
    const byChance = [0.97, 1.03, 1.02, 0.98, 0.99, 1.04, 0.96, 1.01];
    const before = longer(base);
    const after = longer(scaled(() => 1));
    const rounds = [...new Set(before.cells.flatMap(({ samples }) => samples.map(({ round }) => round)))];
    const factor = new Map(rounds.map((round, index) => [round, byChance[index % byChance.length] ?? 1]));
    const cells = after.cells.map((cell) => ({
      ...cell,
      samples: cell.samples.map(({ round, rowsPerSecond, serverCpuMicrosPerRow }) => ({
        round,
        serverCpuMicrosPerRow,
        rowsPerSecond: rowsPerSecond * (factor.get(round) ?? 1),
      })),
    }));
    const { overall } = compareResults({ before, after: { ...after, cells }, sideBySide: true });
    expect(overall).toMatchObject({ verdict: 'cannot-tell', samples: [15, 15] });
  });

  it.each([
    [
      'another processor',
      { environment: { ...base.environment, cpu: 'Other' } },
      'processor was Example CPU and is Other',
    ],
    ['fewer cores', { environment: { ...base.environment, cores: 1 } }, 'cores was 2 and is 1'],
    ['other rows', { table: { ...base.table, rows: 5 } }, 'rows was 100000 and is 5'],
  ])('refuses %s, unless told', (_, change, message) => {
    const after = { ...base, ...change };
    expect(() => compareResults({ before: base, after })).toThrow(message);
    const { differences } = compareResults({ before: base, after, allowDifferentMachine: true });
    expect(differences).toHaveLength(1);
  });

  it('compares different versions, and names them', () => {
    const packages = { ...base.environment.packages, 'grpc-stream': '0.2.0' };
    const after = { ...base, environment: { ...base.environment, packages } };
    expect(compareResults({ before: base, after }).differences).toEqual([
      { kind: 'software', what: 'grpc-stream', before: '0.1.0', after: '0.2.0' },
    ]);
  });

  it('gives no verdict on two runs of which one had more company', () => {
    const after = beside(
      1,
      scaled(() => 0.5),
    );
    const { overall, perCpuSecond, doubts } = compareResults({ before: base, after });
    expect([overall.verdict, perCpuSecond?.verdict]).toEqual(['cannot-tell', 'cannot-tell']);
    expect(doubts).toEqual(['other programs kept 0.0 cores busy during the rounds before, and 1.0 during those after']);
  });

  it('compares two runs that had the same company', () => {
    const { overall, doubts } = compareResults({
      before: beside(1, base),
      after: beside(
        1.1,
        scaled(() => 0.5),
      ),
    });
    expect({ verdict: overall.verdict, doubts }).toEqual({ verdict: 'slower', doubts: [] });
  });

  it('gives no verdict where the machine took longer for work that is always the same', () => {
    const conditions = base.conditions.map((round) => ({ ...round, yardstickMicros: round.yardstickMicros * 1.3 }));
    const { overall, doubts } = compareResults({ before: base, after: { ...scaled(() => 0.7), conditions } });
    expect(overall.verdict).toBe('cannot-tell');
    expect(doubts).toEqual(['work that is always the same took 10.0 ms before, and 13.0 ms after']);
  });

  it('refuses results without a setting in common', () => {
    const after = { ...base, cells: base.cells.map((cell) => ({ ...cell, chunk: Number(cell.chunk) + 1 })) };
    expect(() => compareResults({ before: base, after })).toThrow(UsageError);
  });
});

describe('judgeComparison', () => {
  const limit = { slowerBy: 0.05, undecided: false };
  const tenthSlower = compareResults({ before: base, after: scaled(() => 0.9) });

  it('says of a large loss in few rounds that they are too few, and not that the loss may be small', () => {
    const inRounds = (run: RatedRun, most: number): RatedRun => ({
      ...run,
      cells: run.cells.map((cell) => ({ ...cell, samples: cell.samples.filter(({ round }) => round <= most) })),
    });
    const judgement = judgeComparison(
      compareResults({
        before: inRounds(base, 4),
        after: inRounds(
          scaled(() => 0.5),
          4,
        ),
      }),
      limit,
    );
    expect(judgement).toMatchObject({ outcome: 'not-decided', regressions: [] });
    expect(judgement.why).toMatch(/^the rates changed by -50\.0%, and 4 rounds are too few to rule out chance/);
  });

  it('finds a loss of the limit or more, beyond noise', () => {
    expect(judgeComparison(tenthSlower, limit)).toEqual({
      outcome: 'regression',
      regressions: [tenthSlower.overall],
      why: '',
    });
  });

  it('finds a row that costs the server more, where other work hides what that does to the rates', () => {
    const wild = (run: RatedRun, factors: readonly number[]): RatedRun => {
      const at = (round: number) => factors[round - 1] ?? 1;
      const samples = (cell: RatedRun['cells'][number]) =>
        cell.samples.map((sample) => ({ ...sample, rowsPerSecond: sample.rowsPerSecond * at(sample.round) }));
      return { ...run, cells: run.cells.map((cell) => ({ ...cell, samples: samples(cell) })) };
    };
    const before = wild(costlier(1), [0.5, 1.5, 0.8, 1.2, 1]);
    const after = wild(costlier(1.25), [1.3, 0.6, 1.1, 0.7, 0.9]);
    const comparison = compareResults({ before, after });
    expect(comparison.overall.verdict).toBe('cannot-tell');
    expect(judgeComparison(comparison, limit)).toMatchObject({
      outcome: 'regression',
      regressions: [comparison.perCpuSecond],
    });
  });

  it('finds none where a loss of the limit is ruled out', () => {
    expect(judgeComparison(tenthSlower, { ...limit, slowerBy: 0.15 }).outcome).toBe('no-regression');
    expect(judgeComparison(compareResults({ before: base, after: base }), limit).outcome).toBe('no-regression');
    const faster = compareResults({ before: scaled(() => 0.9), after: base });
    expect(judgeComparison(faster, { ...limit, slowerBy: 0 }).outcome).toBe('no-regression');
  });

  it('decides nothing where the noise allows a loss of the limit and none, and says so', () => {
    const wild = scaled((_, round) => [0.8, 1.2, 0.9, 1.1, 1][round - 1] ?? 1);
    const judgement = judgeComparison(compareResults({ before: base, after: wild }), limit);
    expect(judgement).toMatchObject({ outcome: 'not-decided', regressions: [] });
    expect(judgement.why).toMatch(/the rates changed by -\d+\.\d% to \+\d+\.\d%, and a loss of 5% lies within that/);
  });

  it('decides nothing on unlike company, whatever the figures say', () => {
    const unlike = compareResults({
      before: base,
      after: beside(
        1,
        scaled(() => 0.5),
      ),
    });
    expect(judgeComparison(unlike, limit)).toMatchObject({ outcome: 'not-decided', why: unlike.doubts[0] });
  });
});

describe('parseFailOn', () => {
  it.each(['5%', 'slower:5', 'slower:-5%', 'slower:100%', 'faster:5%', ''])('refuses --fail-on %j', (text) => {
    expect(() => parseFailOn(text)).toThrow(UsageError);
  });

  it('reads a share', () => {
    expect(parseFailOn('slower:2.5%')).toEqual({ slowerBy: 0.025, undecided: false });
    expect(parseFailOn('slower:5%,undecided')).toEqual({ slowerBy: 0.05, undecided: true });
  });
});
