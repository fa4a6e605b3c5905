import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderBench } from '../../src/report/index.js';
import type { BenchTable } from '../../src/results/index.js';
import { exampleResult } from '../support/bench-result.js';

describe('renderBench', () => {
  it('prints what was measured, its tables, the advice and what weakens the figures', () => {
    expect(renderBench(exampleResult(), { color: false })).toMatchSnapshot();
  });

  it('fits 80 columns, whatever the figures', () => {
    const result = exampleResult();
    const huge = {
      ...result,
      cells: result.cells.map((cell) => ({
        ...cell,
        chunk: 100_000,
        checkInterval: 100_000,
        rowsPerSecond: 1_234_567,
        megabytesPerSecond: 1234,
        serverPeakRssMb: 12_345,
        serverAddedMb: 12_345,
        intervals: {
          ...cell.intervals,
          rowsPerSecond: [1_000_000, 1_500_000] as const,
          megabytesPerSecond: [1000, 1500] as const,
          serverAddedMb: [11_000, 13_000] as const,
        },
        firstRowMs: 12_345,
        gapP99Ms: 12_345,
      })),
      cancellations: result.cancellations.map((cancellation) => ({
        ...cancellation,
        chunk: 100_000,
        checkInterval: 100_000,
        worst: { ...cancellation.worst, receivedRows: 1_234_567, rowsRead: 9_999_999, boundRows: 9_999_999 },
        withinBound: false,
        lastQueryMs: 1234,
        endedMs: 1234,
      })),
    };
    for (const shown of [result, huge]) {
      const lines = renderBench(shown, { color: false }).split('\n');
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    }
  });

  it('colours nothing unless told, and says the same with colours as without', () => {
    const plain = renderBench(exampleResult(), { color: false });
    const colored = renderBench(exampleResult(), { color: true });
    expect(plain).toBe(stripVTControlCharacters(plain));
    expect(colored).not.toBe(plain);
    expect(stripVTControlCharacters(colored)).toBe(plain);
  });

  it('shows a cancellation that read past its bound', () => {
    const result = exampleResult();
    const over = result.cancellations.map((cancellation) => ({ ...cancellation, withinBound: false }));
    expect(renderBench({ ...result, cancellations: over }, { color: false })).toContain('over');
  });

  it('recommends nothing that the noise cannot tell', () => {
    const result = exampleResult();
    const guidance = result.guidance.map((advice) => ({ ...advice, confidence: 'unclear' as const }));
    const text = renderBench({ ...result, guidance }, { color: false });
    expect(text).toContain('Rows under 1 kB, a row a message: chunk size undecided, 1,000 leads');
    expect(text).toContain('No setting stands out from the noise: keep the ones you have.');
    expect(text).not.toContain('In grpc-stream.config.ts');
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('names the command that would settle what is open, and none where one value is left', () => {
    const result = exampleResult();
    const unclear = (verdict: 'unclear' | 'slower') =>
      result.guidance.slice(0, 1).map((advice) => ({
        ...advice,
        confidence: 'unclear' as const,
        candidates: advice.candidates.map((one) => (one.verdict === 'fastest' ? one : { ...one, verdict })),
      }));
    const open = { ...result, guidance: unclear('unclear') };
    const text = (table: Partial<BenchTable>) =>
      renderBench({ ...open, table: { ...open.table, ...table } }, { color: false }).replace(/\s+/g, ' ');
    const sweep = '--scenario throughput --chunk 100,1000 --rounds 40';
    expect(text({ source: 'demo' })).toContain(`grpc-stream bench --demo ${sweep}`);
    expect(text({ source: 'project' })).toContain(`grpc-stream bench --model Book ${sweep}`);
    expect(text({ source: 'server', address: 'books:1' })).toContain(
      `grpc-stream bench --target books:1 --model Book ${sweep}`,
    );
    expect(renderBench({ ...result, guidance: unclear('slower') }, { color: false })).not.toContain('--rounds 40');
  });

  it('explains why there is no advice', () => {
    expect(renderBench({ ...exampleResult(), guidance: [] }, { color: false })).toContain(
      'give --chunk or --check-interval two values',
    );
  });
});
