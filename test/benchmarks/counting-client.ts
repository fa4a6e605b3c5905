import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CountRequest, StreamCount } from './frame-counter.js';

/** What the process of the client is sent. */
export interface CountOrder extends Omit<CountRequest, 'request'> {
  readonly port: number;
  readonly windowBytes: number;
  readonly request: readonly number[];
}

/** A client that counts rows in a process of its own, so that it takes nothing from the process that measures. */
export interface CountingClient {
  readonly pid: number;
  /** @throws When the stream breaks. */
  count(port: number, request: CountRequest): Promise<StreamCount>;
  close(): Promise<void>;
}

/** @param windowBytes How much may be under way before the server waits for the client. */
export function startCountingClient(windowBytes: number): CountingClient {
  const client = fork(fileURLToPath(new URL('count-process.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
  return {
    pid: client.pid ?? 0,
    async count(port, { request, ...rest }) {
      const answered = once(client, 'message');
      client.send({ port, windowBytes, request: [...request], ...rest } satisfies CountOrder);
      const [answer] = await answered;
      if (answer.failure !== undefined) throw new Error(`the counting client failed: ${answer.failure}`);
      return answer;
    },
    async close() {
      const exited = once(client, 'exit');
      client.kill('SIGKILL');
      await exited;
    },
  };
}
