import { expect, it } from 'vitest';
import type { RunningStream } from '../../src/runtime/index.js';
import { ReportedStreams } from '../../src/server/telemetry/open-telemetry.js';

const stream = (model: string): RunningStream => ({
  model,
  method: '',
  metadata: undefined,
  progress: () => {
    throw new Error('nobody asks');
  },
});

it('waits until the last stream that started has reported its end', async () => {
  const reported = new ReportedStreams();
  await reported.all();
  const [first, second] = [stream('Book'), stream('Film')];
  reported.streamStarted(first);
  reported.streamStarted(second);
  let all = false;
  const waited = reported.all().then(() => {
    all = true;
  });
  reported.streamEnded(second);
  await Promise.resolve();
  expect(all).toBe(false);
  reported.streamEnded(first);
  await waited;
});
