import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Repetition } from '../../src/bench/executor.js';
import type { CountRequest, StreamCount } from './frame-counter.js';

/** What the process of the client is sent. */
export interface CountOrder extends Omit<CountRequest, 'request'>, Required<Repetition> {
  readonly port: number;
  readonly windowBytes: number;
  readonly request: readonly number[];
}

/** A client that counts rows in a process of its own, so that it takes nothing from the process that measures. */
export interface CountingClient {
  readonly pid: number;
  /**
   * Reads streams as often as that, each once the server has answered a ping after the one before.
   *
   * @throws When a stream breaks.
   */
  countInTurn(port: number, request: CountRequest, repetition?: Repetition): Promise<readonly StreamCount[]>;
  /** @throws When the stream breaks. */
  count(port: number, request: CountRequest): Promise<StreamCount>;
  close(): Promise<void>;
}

/** @param windowBytes How much may be under way before the server waits for the client. */
export function startCountingClient(windowBytes: number): CountingClient {
  const client = fork(fileURLToPath(new URL('count-process.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
  const countInTurn: CountingClient['countInTurn'] = async (
    port,
    { request, ...rest },
    { readings = 1, leastMs = 0 } = {},
  ) => {
    const answered = once(client, 'message');
    client.send({ port, windowBytes, request: [...request], readings, leastMs, ...rest } satisfies CountOrder);
    const [answer] = await answered;
    if (answer.failure !== undefined) throw new Error(`the counting client failed: ${answer.failure}`);
    return answer.counts;
  };
  return {
    pid: client.pid ?? 0,
    countInTurn,
    async count(port, request) {
      const [count] = await countInTurn(port, request);
      if (!count) throw new Error('the counting client counted nothing');
      return count;
    },
    async close() {
      const exited = once(client, 'exit');
      client.kill('SIGKILL');
      await exited;
    },
  };
}
