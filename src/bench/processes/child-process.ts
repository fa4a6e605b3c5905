import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { BenchError } from '../../errors/index.js';
import { deferred, inTime, sleep } from '../../waits/index.js';
import { fromEnvelope, type Operation, replyEnvelope } from './protocol.js';

interface ChildOptions {
  /** Its name in messages, such as `server`. */
  readonly name: string;
  readonly entry: URL;
  readonly execArgv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A child process, which runs one operation at a time. */
export interface Child {
  readonly pid: number | undefined;
  call<Input, Output>(operation: Operation<Input, Output>, input: Input): Promise<Output>;
  /** Why it died, if it has died or dies within a moment: its connections break a little before its exit is known. */
  death(): Promise<unknown>;
  /** Asks it to end, and kills it if it does not. */
  close(): Promise<void>;
}

/** Far longer than the system takes to report a process's end, and short enough to wait for an error message. */
const MOMENT_MS = 1000;

interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts a process whose death, whatever the cause, fails the operation that waits for it. */
export function startChild(options: ChildOptions): Child {
  const { name, signal } = options;
  const child = forkChild(options);
  const printed = keepLastLines(child);
  const waiting = new Map<number, Waiting>();
  const dead = deferred<unknown>();
  let calls = 0;
  let death: unknown;

  const failAll = (error: unknown) => {
    death ??= error;
    dead.resolve(death);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const onAbort = () => {
    failAll(signal.reason);
    child.kill('SIGKILL');
  };
  child.on('message', (message) => settle(message, waiting, options));
  child.on('error', (error) => failAll(diedError(name, error.message, printed())));
  /** `close` comes after the last output, so that the message can include it. */
  child.on('close', (code, killedBy) => failAll(diedError(name, endOf(code, killedBy), printed())));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();

  return {
    pid: child.pid,
    async call(operation, input) {
      if (death !== undefined) throw death;
      const id = ++calls;
      const output = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
      /** A failed send is a dead child, and `close` says why. */
      child.send({ id, name: operation.name, input }, () => {});
      return operation.output.parse(await output);
    },
    death: () => Promise.race([dead.promise, sleep(MOMENT_MS, { ref: false })]),
    async close() {
      signal.removeEventListener('abort', onAbort);
      await end(child);
    },
  };
}

function forkChild({ entry, execArgv, env, cwd }: ChildOptions): ChildProcess {
  return fork(entry, {
    execArgv: [...execArgv],
    env,
    cwd,
    /** Structured clone: BigInt clocks cross as they are. */
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function settle(message: unknown, waiting: Map<number, Waiting>, { onProgress }: ChildOptions): void {
  const reply = replyEnvelope.parse(message);
  if (reply.kind === 'progress') {
    onProgress?.(reply.done, reply.total);
    return;
  }
  const waiter = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.kind === 'answer') waiter?.resolve(reply.output);
  else waiter?.reject(fromEnvelope(reply.error));
}

/** The number of lines of its output in the message. */
const LAST_LINES = 12;

function keepLastLines(child: ChildProcess): () => readonly string[] {
  let text = '';
  const keep = (stream: Readable | null) => {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).split('\n').slice(-LAST_LINES).join('\n');
    });
  };
  keep(child.stdout);
  keep(child.stderr);
  return () => text.split('\n').filter((line) => line.trim() !== '');
}

function endOf(code: number | null, killedBy: NodeJS.Signals | null): string {
  return killedBy === null ? `exit code ${code}` : `killed by ${killedBy}`;
}

function diedError(name: string, how: string, printed: readonly string[]): BenchError {
  const output = printed.length === 0 ? 'it printed nothing' : `it printed:\n  ${printed.join('\n  ')}`;
  return new BenchError(
    'bench.process_died',
    `the ${name} process ended before its work was done (${how}); ${output}`,
    {
      nextActions: [
        'look for a cause outside: memory limits, a process manager, another shell; then run the bench again',
      ],
    },
  );
}

/** Long enough to close a database connection. */
const GRACE_MS = 2000;

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  if (await inTime(exited, GRACE_MS)) return;
  child.kill('SIGKILL');
  await exited;
}
