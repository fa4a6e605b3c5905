import { describe, expect, it } from 'vitest';
import { findUnmet, parseExpectations } from '../../src/bench/index.js';
import { UsageError } from '../../src/errors/index.js';
import type { BenchResult } from '../../src/results/index.js';
import { exampleResult } from '../support/bench-result.js';

const result = exampleResult();

/** The example with short reads whose first row takes as long as a cell says. */
function withReads(p99Ms: number | null): BenchResult {
  const [cell] = result.cells;
  if (!cell) throw new Error('an example without cells');
  const firstRowLatency = { reads: 120, p50Ms: 2, p90Ms: 5, p99Ms, p999Ms: null, maxMs: 30 };
  const cells = [{ ...cell, firstRowLatency, latency: firstRowLatency }];
  return { ...result, scenarios: [{ name: 'latency', question: '', cells }] };
}

describe('parseExpectations', () => {
  it('reads a figure, a direction and a limit in units that people use', () => {
    const texts = ['rows/s>=200000', 'first-row <= 0.02s', 'memory<=1GB', 'read-p99.9<=20ms'];
    expect(parseExpectations(texts, ['throughput', 'latency'])).toEqual([
      { text: 'rows/s>=200000', figure: 'rows/s', isAtLeast: true, limit: 200_000 },
      { text: 'first-row <= 0.02s', figure: 'first-row', isAtLeast: false, limit: 20 },
      { text: 'memory<=1GB', figure: 'memory', isAtLeast: false, limit: 1000 },
      { text: 'read-p99.9<=20ms', figure: 'read-p99.9', isAtLeast: false, limit: 20 },
    ]);
  });

  it.each([
    'rows/s',
    'rows/s>5',
    'speed>=5',
    'rows/s>=5ms',
    'first-row<=20MB',
    'read-p98<=1',
    '',
  ])('refuses %j', (text) => {
    expect(() => parseExpectations([text], ['throughput', 'latency'])).toThrow(UsageError);
  });

  it('refuses a figure that nothing measures, before minutes are spent', () => {
    expect(() => parseExpectations(['first-row-p99<=20ms'], ['throughput'])).toThrow('nothing that is measured');
  });
});

describe('findUnmet', () => {
  const unmet = (text: string, of = result) => findUnmet(of, parseExpectations([text], ['throughput', 'latency']));

  it('is nothing where every setting reaches the figure', () => {
    expect(unmet('rows/s>=60000')).toEqual([]);
    expect(unmet('server-cpu<=9us')).toEqual([]);
  });

  it('names each setting that does not, with its figure', () => {
    const found = unmet('rows/s>=100000');
    expect(found.map(({ setting, value }) => [setting, value])).toEqual([
      ['chunk 100, check every 10, a row a message', 60_000],
      ['chunk 100, check every 1000, a row a message', 60_000],
    ]);
  });

  it('looks at the percentiles of reads that begin by the clock', () => {
    expect(unmet('first-row-p99<=20ms', withReads(12))).toEqual([]);
    expect(unmet('first-row-p99<=20ms', withReads(25))).toMatchObject([{ value: 25 }]);
  });

  it('does not take a percentile that too few reads can show for one that was reached', () => {
    expect(unmet('first-row-p99<=20ms', withReads(null))).toMatchObject([{ value: null }]);
  });
});
