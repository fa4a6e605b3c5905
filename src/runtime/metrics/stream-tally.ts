import type { CounterName, GaugeName, HistogramName, MetricLabel } from './metric-catalogue.js';
import type {
  ChunkRead,
  RunningStream,
  StreamMetrics,
  StreamProgress,
  StreamSummary,
  StreamTimes,
} from './stream-metrics.js';

/** Receives a value that is observed once, when it is observed. */
export type Observe = (histogram: HistogramName, value: number, labels: Labels) => void;

/** The most pairs of model and method: names that differ for every stream must not fill the memory. */
const MOST_SERIES = 200;

const OTHERS = { model: 'other', method: 'other' };

/**
 * Adds up the figures of streams when they are read: of those that ended, and of those that are running, so far. So the figures include a
 * stream that runs for hours, and a running stream counts nothing itself.
 */
export class StreamTally implements StreamMetrics {
  private readonly series = new Map<string, StreamSeries>();
  private readonly observe: Observe;

  constructor(observe: Observe) {
    this.observe = observe;
  }

  streamStarted(stream: RunningStream): void {
    this.seriesOf(stream).start(stream);
  }

  chunkRead(stream: RunningStream, { durationMs }: ChunkRead): void {
    this.observe('query', durationMs / 1000, this.seriesOf(stream).labels);
  }

  streamEnded(stream: RunningStream, summary: StreamSummary): void {
    const series = this.seriesOf(stream);
    // The end of a stream that is not known to be running, or a second end.
    if (!series.end(stream, summary)) return;
    const { labels } = series;
    this.observe('duration', summary.durationMs / 1000, labels);
    this.observe('chunkSize', summary.chunkSize, labels);
    if (summary.firstRowMs !== undefined) this.observe('firstRow', summary.firstRowMs / 1000, labels);
    for (const [phase, ms] of phasesOf(summary.times)) this.observe('phase', ms / 1000, { ...labels, phase });
  }

  counter(name: CounterName): SeriesReading[] {
    return [...this.series.values()].flatMap((series) => series.counter(name));
  }

  gauge(name: GaugeName): SeriesReading[] {
    return [...this.series.values()].map((series) => series.gauge(name));
  }

  private seriesOf({ model, method }: Pick<RunningStream, 'model' | 'method'>): StreamSeries {
    const key = JSON.stringify([model, method]);
    const known = this.series.get(key);
    if (known) return known;
    if (this.series.size >= MOST_SERIES && model !== OTHERS.model) return this.seriesOf(OTHERS);
    const series = new StreamSeries({ model, method });
    this.series.set(key, series);
    return series;
  }
}

export type Labels = Readonly<Partial<Record<MetricLabel, string>>>;

/** The current values of a time series. */
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
