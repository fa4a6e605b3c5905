import { BenchError } from '../../errors/index.js';
import { cpuOperation, type Operation, type ReplyEnvelope, requestEnvelope, toEnvelope } from './protocol.js';

/** An operation and the work behind it; both check the shapes. */
interface Handler {
  readonly name: string;
  run(input: unknown): Promise<unknown>;
}

/** Ties work to an operation. */
export function handle<Input, Output>(
  operation: Operation<Input, Output>,
  work: (input: Input) => Output | Promise<Output>,
): Handler {
  return {
    name: operation.name,
    run: async (input) => operation.output.parse(await work(operation.input.parse(input))),
  };
}

/** Answers the parent's requests until it disconnects, then ends this process. Every process says what CPU time it used. */
export function serveParent(handlers: readonly Handler[], close: () => Promise<void> = async () => {}): void {
  const all = [...handlers, handle(cpuOperation, cpuMicros)];
  process.on('message', (message) => void answer(message, all));
  process.once('disconnect', () => void close().finally(() => process.exit()));
  /** Ctrl-C reaches every process of a terminal; the parent decides when this one ends. */
  process.on('SIGINT', () => {});
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function answer(message: unknown, handlers: readonly Handler[]): Promise<void> {
  const { id, name, input } = requestEnvelope.parse(message);
  try {
    const handler = handlers.find((candidate) => candidate.name === name);
    if (!handler) throw new BenchError('bench.protocol', `this process does not know "${name}"`);
    send({ kind: 'answer', id, output: await handler.run(input) });
  } catch (error) {
    send({ kind: 'failure', id, error: toEnvelope(error) });
  }
}

/** Tells the parent how far a long operation has come. */
export function reportProgress(done: number, total: number): void {
  send({ kind: 'progress', done, total });
}

function send(reply: ReplyEnvelope): void {
  if (process.connected) process.send?.(reply);
}
