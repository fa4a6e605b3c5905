import type { StreamRecorder } from './recorder-types.js';
import { type MeasuredStreamOptions, measuredStream } from './stream-recorder.js';

/** With `enableMetrics: false` nothing is measured, and no clock is read. */
export function openRecorder(options: MeasuredStreamOptions & { readonly enableMetrics: boolean }): StreamRecorder {
  return options.enableMetrics ? measuredStream(options) : unmeasured;
}

/** Hands every promise back as it came. */
const unmeasured: StreamRecorder = {
  queryStarted() {},
  queryEnded() {},
  timeDatabase: (work) => work,
  timeTurn: (turn) => turn,
  timeDrain: (work) => work,
  timeEncode: (work) => work(),
  timeWrite: (work) => work(),
  firstRow() {},
  ended: () => undefined,
};
