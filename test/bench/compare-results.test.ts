import { describe, expect, it } from 'vitest';
import { compareResults, findRegressions, parseFailOn } from '../../src/bench/comparison/compare-results.js';
import type { RatedRun } from '../../src/bench/comparison/rated-run.js';
import { UsageError } from '../../src/errors/index.js';
import { exampleResult } from '../support/bench-result.js';

const base = exampleResult();

/** The example with its rates scaled, a cell at a time; sample by sample when asked. */
function scaled(factor: (chunk: number, round: number) => number): RatedRun {
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
      cell.samples.map(({ round, rowsPerSecond }) => ({
        round: round + 5 * copy,
        rowsPerSecond: rowsPerSecond * (1 + offset),
      })),
    ),
  }));
  return { ...run, rounds: 15, cells: again };
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
      samples: cell.samples.map(({ round, rowsPerSecond }) => ({
        round,
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

  it('gives no verdict on a run that other work may have slowed down', () => {
    const warnings = [{ code: 'busy-machine', message: 'the machine was busy', hint: '' }] as const;
    const { overall, doubts } = compareResults({ before: base, after: { ...scaled(() => 0.5), warnings } });
    expect(overall).toMatchObject({ verdict: 'cannot-tell' });
    expect(doubts).toEqual(['after: the machine was busy']);
  });

  it('refuses results without a setting in common', () => {
    const after = { ...base, cells: base.cells.map((cell) => ({ ...cell, chunk: cell.chunk + 1 })) };
    expect(() => compareResults({ before: base, after })).toThrow(UsageError);
  });
});

describe('findRegressions', () => {
  const comparison = compareResults({ before: base, after: scaled(() => 0.9) });

  it('counts what fell by the limit and beyond noise only', () => {
    expect(findRegressions(comparison, { slowerBy: 0.05 })).toEqual([comparison.overall]);
    expect(findRegressions(comparison, { slowerBy: 0.15 })).toEqual([]);
  });

  it('counts no gain', () => {
    expect(findRegressions(compareResults({ before: scaled(() => 0.9), after: base }), { slowerBy: 0 })).toEqual([]);
  });

  it.each(['5%', 'slower:5', 'slower:-5%', 'slower:100%', 'faster:5%', ''])('refuses --fail-on %j', (text) => {
    expect(() => parseFailOn(text)).toThrow(UsageError);
  });

  it('reads a share', () => {
    expect(parseFailOn('slower:2.5%')).toEqual({ slowerBy: 0.025 });
  });
});
