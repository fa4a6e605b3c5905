import { BenchError } from '../../errors/index.js';
import { toEnvelope } from './error-envelope.js';
import { type Operation, type ReplyEnvelope, requestEnvelope } from './operation.js';
import { askCpu } from './protocol.js';

/** An operation and the work behind it, with the shapes already checked. */
export interface Handler {
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

/** Every process says what it used. */
export const answerCpu = handle(askCpu, () => {
  const { user, system } = process.cpuUsage();
  return user + system;
});

/** Answers the parent's requests until it hangs up, then ends this process. */
export function serveParent(handlers: readonly Handler[], close: () => Promise<void> = async () => {}): void {
  process.on('message', (message) => void answer(message, handlers));
  process.once('disconnect', () => void close().finally(() => process.exit()));
  /** Ctrl-C reaches every process of a terminal; it is the parent who decides when we end. */
  process.on('SIGINT', () => {});
}

/** Tells the parent how far a long operation has come. */
export function reportProgress(done: number, total: number): void {
  send({ kind: 'progress', done, total });
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

function send(reply: ReplyEnvelope): void {
  if (process.connected) process.send?.(reply);
}
