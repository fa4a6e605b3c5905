import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderBench } from '../../src/report/index.js';
import type { BenchTable } from '../../src/results/index.js';
import { exampleResult, undecidedGuidance } from '../support/bench-result.js';

/** A command is one line, to be copied. */
const texts = (lines: readonly string[]) => lines.filter((line) => !line.includes('npx grpc-stream bench '));

describe('renderBench', () => {
  it('prints the rates in one table, and last the answer', () => {
    expect(renderBench(exampleResult(), { color: false })).toMatchSnapshot();
  });

  it('prints every table, all advice and what weakens the figures when asked to', () => {
    expect(renderBench(exampleResult(), { color: false, full: true })).toMatchSnapshot();
  });

  it('says how many rows its streams had where those are fewer than the table has', () => {
    const result = exampleResult();
    const shortenedTo = (lengths: readonly number[]) => {
      const cells = result.cells.map((cell) => {
        const [sample] = cell.samples;
        return { ...cell, samples: lengths.flatMap((rows) => (sample ? [{ ...sample, rows }] : [])) };
      });
      return renderBench({ ...result, table: { ...result.table, rows: 8000 }, cells }, { color: false, width: 200 });
    };
    expect(shortenedTo([8000, 8000])).not.toContain('rows a stream');
    expect(shortenedTo([4000, 4000])).toContain('; 4,000 rows a stream, to fit the time;');
    expect(shortenedTo([4000, 8000])).toContain('; 4,000 to 8,000 rows a stream, to fit the time;');
  });

  it('is a screenful, for the width of the window', () => {
    const narrow = renderBench(exampleResult(), { color: false, width: 80 }).split('\n');
    const wide = renderBench(exampleResult(), { color: false, width: 120 }).split('\n');
    expect(narrow.length).toBeLessThanOrEqual(32);
    expect(wide.length).toBeLessThan(narrow.length);
    expect(Math.max(...texts(narrow).map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(Math.max(...texts(wide).map((line) => line.length))).toBeGreaterThan(80);
  });

  it.each([true, false])('fits 80 columns, whatever the figures (full: %s)', (full) => {
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
      const lines = texts(renderBench(shown, { color: false, full }).split('\n'));
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
    expect(renderBench({ ...result, cancellations: over }, { color: false, full: true })).toContain('over');
  });

  it('recommends nothing that the noise cannot tell', () => {
    const result = exampleResult();
    const guidance = undecidedGuidance(result);
    const text = renderBench({ ...result, guidance }, { color: false, full: true });
    expect(text).toContain('Rows under 1 kB, a row a message: chunk size undecided, 1,000 leads');
    expect(text).toContain('No setting stands out from the noise: keep the ones you have.');
    expect(text).not.toContain('In grpc-stream.config.ts');
    expect(text.replace(/\s+/g, ' ')).toContain(
      'chunkSize: 100 (as now, undecided), cancellationCheckInterval: 10 (as now, undecided)',
    );
    expect(text).not.toContain('--apply');
    expect(texts(text.split('\n')).filter((line) => line.length > 80)).toEqual([]);
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
      renderBench({ ...open, table: { ...open.table, ...table } }, { color: false, full: true }).replace(/\s+/g, ' ');
    const sweep = '--scenario throughput --chunk 100,1000 --rounds 40';
    expect(text({ source: 'demo' })).toContain(`grpc-stream bench --demo ${sweep}`);
    expect(text({ source: 'project' })).toContain(`grpc-stream bench --model Book ${sweep}`);
    expect(text({ source: 'server', address: 'books:1' })).toContain(
      `grpc-stream bench --target books:1 --model Book ${sweep}`,
    );
    expect(renderBench({ ...result, guidance: unclear('slower') }, { color: false, full: true })).not.toContain(
      '--rounds 40',
    );
  });

  it('says of a run that is out of time what to do, in one sentence and one command', () => {
    const result = exampleResult();
    const guidance = undecidedGuidance(result);
    const settings = { ...result.settings, given: { quick: '', model: 'Book' } };
    const text = renderBench({ ...result, guidance, settings }, { color: false });
    expect(text).toContain('time ran out after 5 of 8 rounds; with time for all of them:');
    const commands = text.split('\n').filter((line) => line.startsWith('    npx '));
    expect(commands).toEqual(['    npx grpc-stream bench --quick --model Book --max-time 90']);
  });

  it('changes what is surely slower, also where it is open which value is the best of all', () => {
    const result = exampleResult();
    const guidance = result.guidance.map((advice) => ({ ...advice, confidence: 'unclear' as const }));
    const text = renderBench({ ...result, guidance, warnings: [] }, { color: false, width: 120 });
    expect(text).toContain('Use    chunkSize: 1000 (now 100), cancellationCheckInterval: 10 (as now, undecided)');
    expect(text).toContain('Speed  1.67 times today’s rate');
    expect(text).toContain('Sure   chunk size: decided after 5 rounds');
    expect(text).toContain('Open   chunk size: another value may be better still');
    expect(text).toContain('npx grpc-stream bench report --apply');
  });

  it('explains why there is no advice', () => {
    expect(renderBench({ ...exampleResult(), guidance: [] }, { color: false })).toContain(
      'give --chunk or --check-interval two values',
    );
  });
});
