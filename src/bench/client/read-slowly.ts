import { type ClientReadableStream, type ServiceError, status } from '@grpc/grpc-js';
import { BenchError } from '../../errors/index.js';
import type { BenchSetting } from '../../results/index.js';
import { sleep } from '../../waits/index.js';
import type { StreamView } from '../rounds/executor.js';
import { type RawClient, streamFailed } from './raw-client.js';
import { startStreamMeter } from './stream-meter.js';

export interface SlowReading {
  /** After which the client leaves. */
  readonly rows: number;
  readonly paceRowsPerSecond: number;
}

/**
 * Takes rows no sooner than a pace allows, and leaves. It holds the stream back as a consumer does whose loop is slow: what
 * it does not take stays in the client's window, in the socket, and in the server.
 */
export async function readSlowly(
  client: RawClient,
  setting: BenchSetting,
  { rows, paceRowsPerSecond }: SlowReading,
): Promise<StreamView> {
  const meter = startStreamMeter(setting.mode);
  const call = client.open(setting, { limit: null });
  const startedAt = performance.now();
  try {
    for await (const message of messagesOf(call)) {
      meter.receive(message);
      if (meter.rows >= rows) break;
      const dueAt = startedAt + (meter.rows / paceRowsPerSecond) * 1000;
      if (dueAt > performance.now()) await sleep(dueAt - performance.now());
    }
  } finally {
    call.cancel();
  }
  if (meter.rows < rows) throw new BenchError('bench.ended_early', `the stream ended before its row ${rows}`);
  return meter.finish();
}

async function* messagesOf(call: ClientReadableStream<Buffer>): AsyncGenerator<Buffer> {
  /** Leaving is told as an error as well. */
  call.on('error', () => {});
  try {
    yield* call;
  } catch (error) {
    if (isServiceError(error) && error.code !== status.CANCELLED) throw streamFailed(error);
    if (!isServiceError(error)) throw error;
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error;
}
