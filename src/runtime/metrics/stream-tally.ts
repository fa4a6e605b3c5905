import type { CounterName, GaugeName, HistogramName } from './metric-catalogue.js';
import type { ChunkRead, RunningStream, StreamMetrics } from './stream-metrics.js';
import { type Labels, phasesOf, type SeriesReading, StreamSeries } from './stream-series.js';
import type { StreamSummary } from './stream-summary.js';

/** Takes an observation that is made once, at the moment that it is made. */
export type Observe = (histogram: HistogramName, value: number, labels: Labels) => void;

/** Pairs of model and method that are told apart; a name that somebody makes up for each stream must not fill the memory. */
const MOST_SERIES = 200;

const OTHERS = { model: 'other', method: 'other' };

/**
 * Adds up streams for whoever asks: those that ended, and those that run, each as far as it is at that moment. So a stream that runs
 * for hours is seen all the while, and nothing is counted as it goes.
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
    // Told twice, or never of its start: there is nothing to take from the running ones.
    if (!series.end(stream, summary)) return;
    const { labels } = series;
    this.observe('duration', summary.durationMs / 1000, labels);
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
