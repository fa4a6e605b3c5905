import type { CounterName, GaugeName, MetricLabel } from './metric-catalogue.js';
import type { RunningStream, StreamProgress } from './stream-metrics.js';
import type { StreamSummary, StreamTimes } from './stream-summary.js';

export type Labels = Readonly<Partial<Record<MetricLabel, string>>>;

/** A time series at this moment. */
export interface SeriesReading {
  readonly labels: Labels;
  readonly value: number;
}

/** The streams of one model and method: those that ended, added up, and those that run. */
export class StreamSeries {
  readonly labels: Labels;
  private readonly running = new Set<RunningStream>();
  private readonly ends = new Map<string, { readonly labels: Labels; value: number }>();
  private started = 0;
  private past = NOTHING;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  start(stream: RunningStream): void {
    this.started++;
    this.running.add(stream);
  }

  /** False when the stream does not run. */
  end(stream: RunningStream, summary: StreamSummary): boolean {
    if (!this.running.delete(stream)) return false;
    const { end, status } = summary;
    const key = `${end} ${status}`;
    const ended = this.ends.get(key) ?? { labels: { ...this.labels, end, status }, value: 0 };
    ended.value++;
    this.ends.set(key, ended);
    this.past = sum(this.past, summary);
    return true;
  }

  counter(name: CounterName): SeriesReading[] {
    const { labels } = this;
    if (name === 'started') return [{ labels, value: this.started }];
    if (name === 'ended') return [...this.ends.values()];
    const total = this.total();
    if (name !== 'time') return [{ labels, value: total[name] }];
    return phasesOf(total.times).map(([phase, ms]) => ({ labels: { ...labels, phase }, value: ms / 1000 }));
  }

  gauge(name: GaugeName): SeriesReading {
    const { labels } = this;
    if (name === 'running') return { labels, value: this.running.size };
    return { labels, value: [...this.running].reduce((bytes, stream) => bytes + stream.progress().queuedBytes, 0) };
  }

  private total(): Totals {
    return [...this.running].reduce((total, stream) => sum(total, stream.progress()), this.past);
  }
}

export function phasesOf({ databaseMs, encodeMs, writeMs, drainMs }: StreamTimes): [phase: string, ms: number][] {
  return [
    ['database', databaseMs],
    ['encode', encodeMs],
    ['write', writeMs],
    ['drain', drainMs],
  ];
}

type Totals = Pick<StreamProgress, 'rows' | 'messages' | 'bytes' | 'rowsRead' | 'times'>;

const NOTHING: Totals = {
  rows: 0,
  messages: 0,
  bytes: 0,
  rowsRead: 0,
  times: { databaseMs: 0, encodeMs: 0, writeMs: 0, drainMs: 0 },
};

function sum(a: Totals, b: Totals): Totals {
  return {
    rows: a.rows + b.rows,
    messages: a.messages + b.messages,
    bytes: a.bytes + b.bytes,
    rowsRead: a.rowsRead + b.rowsRead,
    times: {
      databaseMs: a.times.databaseMs + b.times.databaseMs,
      encodeMs: a.times.encodeMs + b.times.encodeMs,
      writeMs: a.times.writeMs + b.times.writeMs,
      drainMs: a.times.drainMs + b.times.drainMs,
    },
  };
}
