import { describe, expect, it } from 'vitest';
import { renderCsv, renderMarkdown, renderPrometheus } from '../../src/report/index.js';
import { exampleResult } from '../support/bench-result.js';

const result = exampleResult();

describe('renderCsv', () => {
  const [head = '', ...lines] = renderCsv(result).trimEnd().split('\n');

  it('has a line for every sample, and the same columns in each', () => {
    const cancelled = result.cancellations.flatMap(({ samples }) => samples);
    expect(lines).toHaveLength(result.cells.length * 5 + cancelled.length);
    expect(lines.filter((line) => line.startsWith('cancel,'))).toHaveLength(cancelled.length);
    const columns = head.split(',').length;
    expect(lines.filter((line) => line.split(',').length !== columns)).toEqual([]);
  });

  it('carries each figure in its column', () => {
    const names = head.split(',');
    const values = (lines[0] ?? '').split(',');
    const record = Object.fromEntries(names.map((name, index) => [name, values[index]]));
    const sample = result.cells[0]?.samples[0];
    expect(record).toMatchObject({
      scenario: 'throughput',
      chunk: '100',
      checkInterval: '10',
      mode: 'rows',
      batchRows: '',
      method: 'stream',
      round: '1',
      rowsPerSecond: String(sample?.rowsPerSecond),
      databaseMs: '300',
    });
  });

  it('tells the scenarios apart', () => {
    const cells = result.cells.slice(0, 1);
    const text = renderCsv({ ...result, scenarios: [{ name: 'legacy', question: '?', cells }] });
    expect(text.split('\n').filter((line) => line.startsWith('legacy,'))).toHaveLength(5);
  });
});

describe('renderMarkdown', () => {
  it('prints what was measured, the tables, the advice and what weakens the figures', () => {
    expect(renderMarkdown(result)).toMatchSnapshot();
  });

  it('shows a cancellation that read past its bound', () => {
    const cancellations = result.cancellations.map((one) => ({ ...one, withinBound: false }));
    expect(renderMarkdown({ ...result, cancellations })).toContain('| no |');
  });

  it('keeps a name from breaking its table', () => {
    const environment = { ...result.environment, cpu: 'A|B <b>`x`' };
    expect(renderMarkdown({ ...result, environment })).toContain('A\\|B \\<b\\>\\`x\\`');
  });
});

describe('renderPrometheus', () => {
  const text = renderPrometheus(result);

  it('is the text format: help and type before the lines of each metric, each line once', () => {
    const lines = text.trimEnd().split('\n');
    const label = '[a-z_]+="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
    const shape = new RegExp(`^(# (HELP|TYPE) \\w+ .+|\\w+(\\{${label}(,${label})*\\})? -?[\\d.e+-]+)$`);
    expect(lines.filter((line) => !shape.test(line))).toEqual([]);
    const series = lines.filter((line) => !line.startsWith('#')).map((line) => line.slice(0, line.lastIndexOf(' ')));
    expect(new Set(series).size).toBe(series.length);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('speaks in base units', () => {
    expect(text).toMatch(/grpc_stream_bench_first_row_seconds\{[^}]*chunk="100"[^}]*\} 0\.002\n/);
    expect(text).toMatch(/grpc_stream_bench_server_peak_bytes\{[^}]*chunk="100"[^}]*\} 191000000\n/);
  });

  it('says how soon a cancelled stream ends, without a second line for the same labels', () => {
    expect(text).toMatch(/grpc_stream_bench_cancelled_ended_seconds\{scenario="cancel",[^}]*\} 0\.0001\n/);
    expect(renderPrometheus({ ...result, cancellations: [] })).not.toContain('cancelled_ended');
  });

  it('has no line for what could not be seen', () => {
    const cells = result.cells.map((cell) => ({ ...cell, serverPeakRssMb: null }));
    expect(renderPrometheus({ ...result, cells })).not.toContain('server_peak_bytes');
  });

  it('escapes what would end a label', () => {
    const table = { ...result.table, model: 'a"b\\c\nd' };
    expect(renderPrometheus({ ...result, table })).toContain('model="a\\"b\\\\c\\nd"');
  });
});
