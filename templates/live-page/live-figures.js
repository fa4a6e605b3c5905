/** @import { Sample } from './parse-metrics.js' */

/** What a stream's time goes into, in the order that it is drawn. */
export const PHASES = ['database', 'encode', 'write', 'drain'];

/**
 * What the page shows: figures of this moment, and rates since the reading before.
 *
 * @param {readonly Sample[]} now
 * @param {readonly Sample[] | undefined} before
 * @param {number} seconds between the two
 */
export function liveFigures(now, before, seconds) {
  const rate = rateOver(now, before, seconds);
  const time = PHASES.map((phase) => ({ phase, seconds: rate('grpc_stream_time_seconds_total', { phase }) ?? 0 }));
  const busy = time.reduce((sum, { seconds: spent }) => sum + spent, 0);
  return {
    running: total(now, 'grpc_stream_running'),
    queuedBytes: total(now, 'grpc_stream_queued_bytes'),
    rowsPerSecond: rate('grpc_stream_rows_total'),
    bytesPerSecond: rate('grpc_stream_sent_bytes_total'),
    /** Undefined while no stream does anything. */
    shares: busy > 0 ? time.map(({ phase, seconds: spent }) => ({ phase, share: spent / busy })) : undefined,
    methods: methodsOf(now, rate),
    ends: endsOf(now),
  };
}

/** Growth a second. A counter that is smaller than before was started anew: all that it counts is growth. */
function rateOver(now, before, seconds) {
  return (name, labels = {}) => {
    if (!before || seconds <= 0) return undefined;
    const grown = matching(now, name, labels).map((sample) => {
      const past = before.find((other) => other.name === name && isSame(other.labels, sample.labels))?.value ?? 0;
      return sample.value >= past ? sample.value - past : sample.value;
    });
    return sum(grown) / seconds;
  };
}

function methodsOf(now, rate) {
  return matching(now, 'grpc_stream_started_total').map(({ labels: { model, method } }) => {
    const labels = { model, method };
    return {
      model,
      method: method.split('/').at(-1) || '–',
      running: total(now, 'grpc_stream_running', labels),
      rows: total(now, 'grpc_stream_rows_total', labels),
      rowsPerSecond: rate('grpc_stream_rows_total', labels),
    };
  });
}

/** The most frequent first. */
function endsOf(now) {
  const counts = new Map();
  for (const { labels, value } of matching(now, 'grpc_stream_ended_total')) {
    const key = `${labels.end} ${labels.status}`;
    const known = counts.get(key) ?? { end: labels.end, status: labels.status, streams: 0 };
    counts.set(key, { ...known, streams: known.streams + value });
  }
  const all = sum([...counts.values()].map(({ streams }) => streams));
  return [...counts.values()]
    .map((end) => ({ ...end, share: all > 0 ? end.streams / all : 0 }))
    .sort((a, b) => b.streams - a.streams);
}

function total(samples, name, labels) {
  return sum(matching(samples, name, labels).map(({ value }) => value));
}

function matching(samples, name, labels = {}) {
  const wanted = Object.entries(labels);
  return samples.filter(
    (sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value),
  );
}

function isSame(a, b) {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function sum(values) {
  return values.reduce((all, value) => all + value, 0);
}
