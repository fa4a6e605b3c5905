import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compareResults } from '../../src/bench/comparison/compare-results.js';
import { renderComparison, renderComparisonMarkdown } from '../../src/report/index.js';
import { exampleResult } from '../support/bench-result.js';

const before = exampleResult();
const environment = { ...before.environment, node: 'v24.0.0' };
const comparison = compareResults({ before, after: { ...before, environment } });

describe('renderComparison', () => {
  it('prints the verdict, the settings, and what else changed', () => {
    expect(renderComparison(comparison, { color: false })).toMatchSnapshot();
  });

  it('fits 80 columns, whatever the figures', () => {
    const huge = { before: 1_234_567, after: 9_876_543, ratio: 2, ratioCi: [0.001, 3] as const };
    const cells = comparison.cells.map((cell) => ({ ...cell, ...huge, chunk: 100_000, checkInterval: 100_000 }));
    const text = renderComparison(
      { ...comparison, cells, overall: { ...comparison.overall, ...huge } },
      { color: false },
    );
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('says the same with colours as without', () => {
    const colored = renderComparison(comparison, { color: true });
    expect(stripVTControlCharacters(colored)).toBe(renderComparison(comparison, { color: false }));
  });

  it('says why there is no verdict, and what to do about it', () => {
    const text = renderComparison({ ...comparison, doubts: ['after: the machine was busy'] }, { color: false });
    expect(text).toContain('- after: the machine was busy');
    expect(text).toContain('--against FOLDER');
  });
});

describe('renderComparisonMarkdown', () => {
  it('says the answer first, then every setting, and what else changed', () => {
    const withDoubt = { ...comparison, doubts: ['after: the machine was busy'] };
    expect(renderComparisonMarkdown(withDoubt)).toMatchSnapshot();
  });
});
