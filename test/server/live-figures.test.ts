import { fileURLToPath } from 'node:url';
import client from 'prom-client';
import { describe, expect, it } from 'vitest';

const page = (file: string) => fileURLToPath(new URL(`../../templates/live-page/${file}`, import.meta.url));
const { liveFigures } = await import(page('live-figures.js'));
const { parseMetrics } = await import(page('parse-metrics.js'));

const BOOKS = { model: 'Book', method: 'library.v1.BookStreamService/StreamBooks' };
const LOANS = { model: 'Loan', method: 'library.v1.LoanStreamService/StreamLoans' };

const sample = (name: string, labels: object, value: number) => ({ name: `grpc_stream_${name}`, labels, value });

describe('parseMetrics', () => {
  it('reads back what prom-client writes, escapes and all', async () => {
    const register = new client.Registry();
    const gauge = new client.Gauge({ name: 'a', help: 'of a "thing"', labelNames: ['x', 'y'], registers: [register] });
    const strange = 'quote " backslash \\ newline \n brace } comma ,';
    gauge.set({ x: strange, y: '' }, 1.5);
    gauge.set({ x: 'b', y: 'c' }, Number.POSITIVE_INFINITY);
    new client.Counter({ name: 'plain_total', help: 'plain', registers: [register] }).inc(3);
    expect(parseMetrics(await register.metrics())).toEqual([
      { name: 'a', labels: { x: strange, y: '' }, value: 1.5 },
      { name: 'a', labels: { x: 'b', y: 'c' }, value: Number.NaN },
      { name: 'plain_total', labels: {}, value: 3 },
    ]);
  });

  it('ignores lines that are not samples', () => {
    expect(parseMetrics('# HELP a b\n\n???\n<html>\n')).toEqual([]);
  });
});

describe('liveFigures', () => {
  const reading = (rows: number, drain: number) => [
    sample('running', BOOKS, 2),
    sample('running', LOANS, 1),
    sample('queued_bytes', BOOKS, 1024),
    sample('started_total', BOOKS, 5),
    sample('started_total', LOANS, 1),
    sample('rows_total', BOOKS, rows),
    sample('rows_total', LOANS, 10),
    sample('sent_bytes_total', BOOKS, rows * 100),
    sample('time_seconds_total', { ...BOOKS, phase: 'database' }, 1),
    sample('time_seconds_total', { ...BOOKS, phase: 'drain' }, drain),
    sample('ended_total', { ...BOOKS, end: 'done', status: 'OK' }, 1),
    sample('ended_total', { ...LOANS, end: 'done', status: 'OK' }, 1),
    sample('ended_total', { ...BOOKS, end: 'failed', status: 'INTERNAL' }, 6),
  ];

  it('has no rate after a single reading', () => {
    const figures = liveFigures(reading(100, 1), undefined, 0);
    expect(figures).toMatchObject({ running: 3, queuedBytes: 1024 });
    expect(figures.rowsPerSecond).toBeUndefined();
    expect(figures.shares).toBeUndefined();
  });

  it('computes rates and shares from the growth between two readings', () => {
    const before = reading(100, 1);
    const now = reading(300, 4).map((one) =>
      one.labels && 'phase' in one.labels && one.labels.phase === 'database' ? { ...one, value: 2 } : one,
    );
    const figures = liveFigures(now, before, 2);
    expect(figures.rowsPerSecond).toBe(100);
    expect(figures.bytesPerSecond).toBe(10_000);
    expect(figures.shares).toEqual([
      { phase: 'database', share: 0.25 },
      { phase: 'encode', share: 0 },
      { phase: 'write', share: 0 },
      { phase: 'drain', share: 0.75 },
    ]);
    expect(figures.methods).toEqual([
      { model: 'Book', method: 'StreamBooks', running: 2, rows: 300, rowsPerSecond: 100 },
      { model: 'Loan', method: 'StreamLoans', running: 1, rows: 10, rowsPerSecond: 0 },
    ]);
  });

  it('counts from zero when the server was restarted', () => {
    expect(liveFigures(reading(50, 1), reading(100_000, 1), 2).rowsPerSecond).toBe(25);
  });

  it('adds up the ends of streams, the most frequent first', () => {
    expect(liveFigures(reading(1, 1), undefined, 0).ends).toEqual([
      { end: 'failed', status: 'INTERNAL', streams: 6, share: 0.75 },
      { end: 'done', status: 'OK', streams: 2, share: 0.25 },
    ]);
  });
});
