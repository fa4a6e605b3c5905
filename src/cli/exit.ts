import { styleText } from 'node:util';
import { BenchError, EnvironmentError, GrpcStreamError, messageOf, SchemaError, StreamError } from '../errors/index.js';

/** The exit codes. Findings (a regression, stale files) have other codes than failures. */
export const ExitCode = {
  ok: 0,
  bug: 1,
  usage: 2,
  environment: 3,
  regression: 10,
  stale: 11,
  undecided: 12,
  interrupted: 130,
  terminated: 143,
} as const;

/** The exit code for an error: 1, a bug, unless it is a `GrpcStreamError`. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof EnvironmentError || error instanceof StreamError) return ExitCode.environment;
  if (error instanceof BenchError) return ExitCode.bug;
  return error instanceof GrpcStreamError ? ExitCode.usage : ExitCode.bug;
}

/** Ctrl-C and SIGTERM, as a signal that ends a command. */
interface Interrupt {
  readonly signal: AbortSignal;
  /** The exit code of an interrupted command, which shells expect for the signal. */
  exitCode(): number;
  dispose(): void;
}

const SIGNAL_CODES = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated } as const;

/** The first Ctrl-C (or SIGTERM) aborts the signal, so that a command can end cleanly; the second one ends the process at once. */
export function openInterrupt(): Interrupt {
  const controller = new AbortController();
  let code: number = ExitCode.interrupted;
  const onSignal = (name: keyof typeof SIGNAL_CODES) => {
    if (controller.signal.aborted) process.exit(SIGNAL_CODES[name]);
    code = SIGNAL_CODES[name];
    controller.abort(new DOMException(name, 'AbortError'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

/** Thrown when Ctrl-C is pressed at a prompt, which reads it as a key: there is no signal. */
export class Interrupted extends Error {}

/** Whether a command was ended by SIGTERM: for a server that is the end of its work, not an interruption of it. */
export function wasTerminated(signal: AbortSignal): boolean {
  return signal.reason instanceof DOMException && signal.reason.message === 'SIGTERM';
}

/** Prints what happened, why, and what to do next, on stderr; the stack only with `--verbose`. */
export function printError(error: unknown, { verbose }: { readonly verbose: boolean }): void {
  process.stderr.write(`${describe(error, verbose).join('\n')}\n`);
}

function describe(error: unknown, verbose: boolean): string[] {
  const stack = verbose ? stackOf(error) : [];
  if (error instanceof GrpcStreamError) {
    const actions = error.nextActions.map((action) => `  → ${action}`);
    return [`${red('error')} ${placeOf(error)}${error.message}`, ...actions, ...stack];
  }
  return [
    `${red('bug')} ${messageOf(error)}`,
    '  → this is a mistake in grpc-stream, not in your project; please report it with the output of --verbose',
    ...stack,
  ];
}

/** Where in a schema the error is: `schema.prisma:3: `. */
export function placeOf(error: unknown): string {
  if (!(error instanceof SchemaError) || !error.location) return '';
  return `${error.location.file}:${error.location.line}: `;
}

function stackOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = error.stack ?? error.message;
  return error.cause === undefined ? [own] : [own, 'caused by:', ...stackOf(error.cause)];
}

function red(text: string): string {
  return styleText('red', text, { stream: process.stderr });
}

/** Ends the process with the reason when stdout cannot be written: incomplete output must not look complete. */
export function guardOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader may stop reading: `grpc-stream … | head` is no error.
    if (error.code === 'EPIPE') process.exit(ExitCode.ok);
    printError(unwritable(error), { verbose: process.argv.includes('--verbose') });
    process.exit(ExitCode.environment);
  });
  // A server continues when nobody reads its log any more.
  process.stderr.on('error', () => {});
}

function unwritable(cause: NodeJS.ErrnoException): EnvironmentError {
  const why = cause.code === 'ENOSPC' ? 'the disk is full' : messageOf(cause);
  return new EnvironmentError('cli.stdout', `the output cannot be written, and is not complete: ${why}`, {
    cause,
    nextActions: ['make room where it goes, and run the command again'],
  });
}
