import { describe, expect, it } from 'vitest';
import { advise, judgeRule } from '../../src/bench/guidance/advice.js';
import { seededRandom } from '../../src/bench/statistics/seeded-random.js';
import {
  type Advice,
  type Audience,
  type BenchCancellation,
  type BenchCell,
  type BenchChunk,
  type Candidate,
  decidedSettings,
  plainLoad,
  type StreamMode,
  type Verdict,
} from '../../src/results/index.js';

interface CellScript {
  readonly chunk: BenchChunk;
  readonly checkInterval?: number;
  readonly mode?: StreamMode;
  /** Rows a second, round by round. */
  readonly rates: readonly number[];
  readonly firstRowMs?: number;
  readonly serverPeakRssMb?: number;
  readonly rowBytes?: number;
}

const unknownIntervals = {
  rowsPerSecond: null,
  megabytesPerSecond: null,
  firstRowMs: null,
  gapP50Ms: null,
  gapP99Ms: null,
  clientCpuMicrosPerRow: null,
  serverCpuMicrosPerRow: null,
  eventLoopP99Ms: null,
  serverPeakRssMb: null,
  serverAddedMb: null,
};

function cell(script: CellScript): BenchCell {
  const { chunk, checkInterval = 100, mode = 'rows', rates, firstRowMs = 5, serverPeakRssMb = 200 } = script;
  const times = { databaseMs: 1, encodeMs: 1, writeMs: 1, drainMs: 1, otherMs: 1 };
  const rest = {
    firstRowMs,
    gapP50Ms: 0,
    gapP99Ms: 0,
    serverCpuMicrosPerRow: 1,
    clientCpuMicrosPerRow: 1,
    clientBusy: 0,
    serverBusy: null,
    pingMs: null,
    clientWaited: null,
    serverWaited: null,
    times,
    eventLoopP99Ms: null,
    gcMs: null,
    peakQueuedBytes: null,
    readAheadRows: null,
    fairness: null,
    latency: null,
    firstRowLatency: null,
  };
  return {
    chunk,
    checkInterval,
    mode,
    batchRows: mode === 'rows' ? null : 500,
    load: plainLoad,
    rows: 1000,
    bytes: 1000 * (script.rowBytes ?? 150),
    rowsPerSecond: rates[0] ?? 0,
    megabytesPerSecond: 1,
    intervals: unknownIntervals,
    limit: null,
    serverPeakRssMb,
    serverAddedMb: serverPeakRssMb - 100,
    ...rest,
    samples: rates.map((rowsPerSecond, index) => ({
      round: index + 1,
      rows: 1000,
      bytes: 1000,
      wireBytes: 1000,
      wallMs: 1,
      serverPeakRssMb: null,
      serverAddedMb: null,
      rowsPerSecond,
      ...rest,
    })),
  };
}

/** Rates around a mean; the rounds rise and fall together, as they do on a real machine. */
function noisy(mean: number, spread: number, seed: number, rounds = 12): number[] {
  const own = seededRandom(seed);
  const shared = seededRandom(99);
  return Array.from({ length: rounds }, () => mean * (1 + (own() - 0.5) * spread) * (0.7 + shared() * 0.6));
}

function adviceFor(cells: readonly BenchCell[], audience: Audience, cancellations: BenchCancellation[] = []): Advice {
  const found = advise({ cells, cancellations }).find((advice) => advice.audience === audience);
  if (!found) throw new Error(`no advice for ${audience}`);
  return found;
}

describe('advice on the chunk size', () => {
  it('is the smallest that is as fast as the fastest, though the rounds themselves differ by half', () => {
    const advice = adviceFor(
      [
        cell({ chunk: 100, rates: noisy(70_000, 0.02, 1) }),
        cell({ chunk: 500, rates: noisy(99_000, 0.02, 2) }),
        cell({ chunk: 1000, rates: noisy(99_500, 0.02, 3) }),
        cell({ chunk: 5000, rates: noisy(100_000, 0.02, 4) }),
      ],
      'small-rows',
    );
    expect(advice).toMatchObject({ setting: 'chunkSize', recommended: 500, confidence: 'clear', tolerance: 0.05 });
    expect(advice.candidates.map(({ value, verdict }) => [value, verdict])).toEqual([
      [100, 'slower'],
      [500, 'tied'],
      [1000, expect.stringMatching(/fastest|tied/)],
      [5000, expect.stringMatching(/fastest|tied/)],
    ]);
    expect(advice.candidates[0]?.ratio).toBeCloseTo(0.7, 1);
    expect(advice.candidates[0]?.rounds).toBe(12);
    expect(advice.rule).toEqual({ min: 1000, max: 5000, verdict: 'holds', fits: [1000, 5000], fails: [] });
  });

  it('is the fastest when every smaller one is slower', () => {
    const advice = adviceFor(
      [cell({ chunk: 100, rates: noisy(70_000, 0.02, 1) }), cell({ chunk: 1000, rates: noisy(100_000, 0.02, 2) })],
      'small-rows',
    );
    expect(advice).toMatchObject({ recommended: 1000, confidence: 'clear', rule: { verdict: 'holds' } });
  });

  it('says so when the noise cannot tell', () => {
    const advice = adviceFor(
      [
        cell({ chunk: 100, rates: [90, 130, 80, 120, 70, 125].map((rate) => rate * 1000) }),
        cell({ chunk: 1000, rates: [120, 90, 125, 85, 130, 80].map((rate) => rate * 1000) }),
      ],
      'small-rows',
    );
    expect(advice).toMatchObject({ confidence: 'unclear', rule: { verdict: 'cannot-tell' } });
  });

  it('is nothing at all from one round, and not clear from three that differ', () => {
    const three = [cell({ chunk: 100, rates: [5, 7, 6] }), cell({ chunk: 1000, rates: [9, 9, 9] })];
    expect(adviceFor(three, 'small-rows')).toMatchObject({ confidence: 'unclear' });
    const advice = adviceFor([cell({ chunk: 100, rates: [1] }), cell({ chunk: 1000, rates: [9] })], 'small-rows');
    expect(advice).toMatchObject({ recommended: null, confidence: 'unclear' });
  });

  it('leaves out what sends its first row too late, and compares within the rest', () => {
    const advice = adviceFor(
      [
        cell({ chunk: 100, rates: noisy(70_000, 0.02, 1) }),
        cell({ chunk: 1000, rates: noisy(90_000, 0.02, 2) }),
        cell({ chunk: 5000, rates: noisy(120_000, 0.02, 3), firstRowMs: 101 }),
      ],
      'small-rows',
    );
    expect(advice).toMatchObject({ recommended: 1000, confidence: 'clear', budget: { firstRowMs: 100 } });
    expect(advice.candidates[2]?.withinBudget).toBe(false);
  });

  it('is nothing when no value sends its first row in time', () => {
    const late = { firstRowMs: 500, rates: noisy(70_000, 0.02, 1) };
    expect(
      adviceFor([cell({ chunk: 100, ...late }), cell({ chunk: 1000, ...late })], 'small-rows').recommended,
    ).toBeNull();
  });

  it('keeps tight memory within a tenth of the leanest', () => {
    const advice = adviceFor(
      [
        cell({ chunk: 100, rates: noisy(70_000, 0.02, 1), serverPeakRssMb: 100 }),
        cell({ chunk: 1000, rates: noisy(90_000, 0.02, 2), serverPeakRssMb: 109 }),
        cell({ chunk: 5000, rates: noisy(120_000, 0.02, 3), serverPeakRssMb: 111 }),
      ],
      'tight-memory',
    );
    expect(advice.recommended).toBe(1000);
    expect(advice.budget.serverPeakRssMb).toBeCloseTo(110);
  });

  it('pairs samples of one round and one check interval only', () => {
    // The slower interval drags both chunks down alike: paired, chunk 100 is exactly as fast.
    const advice = adviceFor(
      [
        cell({ chunk: 100, checkInterval: 10, rates: [10, 11, 12, 13, 14, 15] }),
        cell({ chunk: 1000, checkInterval: 10, rates: [10, 11, 12, 13, 14, 15] }),
        cell({ chunk: 100, checkInterval: 100, rates: [100, 110, 120, 130, 140, 150] }),
        cell({ chunk: 1000, checkInterval: 100, rates: [100, 110, 120, 130, 140, 150] }),
      ],
      'small-rows',
    );
    // And the two pairs of a round, which share its noise, are one number.
    expect(advice.candidates.map(({ ratio, rounds }) => [ratio, rounds])).toEqual([
      [1, 6],
      [1, 6],
    ]);
    expect(advice.recommended).toBe(100);
  });

  it('knows rows by their size', () => {
    const of = (rowBytes: number) =>
      advise({
        cells: [100, 1000].map((chunk) => cell({ chunk, rowBytes, rates: noisy(9, 0.02, chunk) })),
        cancellations: [],
      })[0]?.audience;
    expect([of(999), of(5000), of(20_000)]).toEqual(['small-rows', 'medium-rows', 'large-rows']);
  });

  it('is not given where one value was measured', () => {
    expect(advise({ cells: [cell({ chunk: 500, rates: noisy(9, 0.1, 1) })], cancellations: [] })).toEqual([]);
  });
});

describe('a chunk that each stream finds, beside fixed ones', () => {
  const rates = { fixed: noisy(99_500, 0.02, 3), auto: noisy(100_000, 0.02, 4), slow: noisy(70_000, 0.02, 1) };
  const adviceWith = (cells: readonly BenchCell[], chunkSize: BenchChunk) =>
    advise({ cells, cancellations: [], configured: { chunkSize, cancellationCheckInterval: 100 } })[0];

  it('is compared as they are, and not chosen where a fixed one is as fast', () => {
    const cells = [
      cell({ chunk: 100, rates: rates.slow }),
      cell({ chunk: 1000, rates: rates.fixed }),
      cell({ chunk: 'auto', rates: rates.auto }),
    ];
    const advice = adviceWith(cells, 1000);
    expect(advice).toMatchObject({ recommended: 1000, confidence: 'clear', comparisons: 3 });
    expect(advice?.candidates.at(-1)).toMatchObject({ value: 'auto', verdict: expect.stringMatching(/fastest|tied/) });
    expect(advice?.rule).toMatchObject({ fits: [1000], fails: [], verdict: 'holds' });
  });

  it('is chosen where no fixed one is as fast', () => {
    const cells = [cell({ chunk: 100, rates: rates.slow }), cell({ chunk: 'auto', rates: rates.auto })];
    const advice = advise({ cells, cancellations: [] });
    expect(advice[0]).toMatchObject({ recommended: 'auto', confidence: 'clear' });
    expect(decidedSettings(advice)).toEqual({ chunkSize: 'auto' });
  });

  it('stays where it is in force, unless a fixed one is faster', () => {
    const tied = [cell({ chunk: 1000, rates: rates.fixed }), cell({ chunk: 'auto', rates: rates.auto })];
    expect(adviceWith(tied, 'auto')).toMatchObject({ recommended: 'auto', confidence: 'clear' });
    const slower = [cell({ chunk: 1000, rates: rates.fixed }), cell({ chunk: 'auto', rates: rates.slow })];
    expect(adviceWith(slower, 'auto')).toMatchObject({ recommended: 1000, confidence: 'clear' });
  });
});

describe('confidence', () => {
  it('is not clear for a fastest value that a larger one may well beat', () => {
    const advice = adviceFor(
      [
        cell({ chunk: 100, rates: [100, 100, 100, 100, 100, 100, 100] }),
        cell({ chunk: 1000, rates: [80, 130, 85, 125, 90, 120, 99] }),
      ],
      'small-rows',
    );
    expect(advice.candidates.map(({ verdict }) => verdict)).toEqual(['unclear', 'unclear']);
    expect(advice).toMatchObject({ recommended: 100, confidence: 'unclear' });
  });
});

describe('advice on the check interval', () => {
  const cells = [10, 100, 1000].map((checkInterval, index) =>
    cell({ chunk: 1000, checkInterval, rates: noisy([93_000, 99_000, 100_000][index] ?? 0, 0.01, index + 1) }),
  );

  it('gives interactive clients a tenth of the rate for promptness, the others less', () => {
    expect(adviceFor(cells, 'interactive-clients').recommended).toBe(10);
    expect(adviceFor(cells, 'batch-clients').recommended).toBe(100);
    expect(adviceFor(cells, 'high-throughput-clients')).toMatchObject({ recommended: 100, mode: 'rows' });
  });

  it('judges high throughput by the batch stream where it was measured', () => {
    const batches = [10, 100].map((checkInterval) =>
      cell({ chunk: 1000, checkInterval, mode: 'batches', rates: noisy(5, 0.01, checkInterval) }),
    );
    expect(adviceFor([...cells, ...batches], 'high-throughput-clients').mode).toBe('batches');
  });

  it('carries how long a cancelled stream lives on at each interval', () => {
    const cancellation = (checkInterval: number, endedMs: number): BenchCancellation => {
      const worst = {
        round: 1,
        receivedRows: 1,
        inFlightRows: 0,
        rowsRead: 1,
        boundRows: 9,
        withinBound: true,
        lastQueryMs: 0,
        endedMs,
      };
      return {
        chunk: 1000,
        checkInterval,
        load: plainLoad,
        worst,
        withinBound: true,
        lastQueryMs: 0,
        lastQueryMsInterval: null,
        lastQueryMaxMs: 0,
        endedMs,
        endedMsInterval: null,
        endedMaxMs: endedMs,
        samples: [worst],
      };
    };
    const advice = adviceFor(cells, 'interactive-clients', [
      cancellation(10, 1),
      cancellation(10, 3),
      cancellation(100, 8),
    ]);
    expect(advice.candidates.map(({ cancelMs }) => cancelMs)).toEqual([2, 8, undefined]);
  });
});

describe('judgeRule', () => {
  const candidate = (value: number, verdict: Verdict, withinBudget = true): Candidate => {
    const figures = { rowsPerSecond: 1, ratio: 1, ratioCi: null, rounds: 10, firstRowMs: 1, serverPeakRssMb: null };
    return { value, verdict, withinBudget, ...figures };
  };

  it.each([
    ['holds', [candidate(10, 'tied'), candidate(100, 'fastest')], [10], []],
    ['holds-in-part', [candidate(10, 'slower'), candidate(50, 'tied')], [50], [10]],
    ['does-not-hold', [candidate(10, 'slower'), candidate(100, 'fastest')], [], [10]],
    ['does-not-hold', [candidate(10, 'tied', false), candidate(100, 'fastest')], [], [10]],
    ['cannot-tell', [candidate(10, 'unclear'), candidate(100, 'fastest')], [], []],
    ['cannot-tell', [candidate(10, 'unclear'), candidate(50, 'tied')], [50], []],
    ['not-measured', [candidate(100, 'fastest'), candidate(1000, 'tied')], [], []],
  ] as const)('%s: each value of the range was measured against the tolerance', (verdict, candidates, fits, fails) => {
    expect(judgeRule('interactive-clients', candidates)).toEqual({ min: 10, max: 50, verdict, fits, fails });
  });

  it('is of no opinion where no rule is passed on', () => {
    expect(judgeRule('medium-rows', [candidate(10, 'tied')])).toBeNull();
  });
});
