import { styleText } from 'node:util';
import { BenchError, EnvironmentError, GrpcStreamError, messageOf, SchemaError, StreamError } from '../errors/index.js';

/** The exit codes. Findings (a regression, stale files) have other codes than failures. */
export const ExitCode = {
  /** The command did its work. */
  ok: 0,
  /** A mistake in grpc-stream, or a benchmark that failed. */
  bug: 1,
  /** A wrong flag, setting or schema: correct it, and run the command again. */
  usage: 2,
  /** The environment is not ready, such as a database that does not answer or a port that is in use. */
  environment: 3,
  /** `bench` found a rate that is slower than allowed, or a threshold that was missed. */
  regression: 10,
  /** `generate --check` found files that are stale. */
  stale: 11,
  /** `bench` could not decide whether the rate is slower. */
  undecided: 12,
  /** Ctrl-C ended the command. */
  interrupted: 130,
  /** SIGTERM ended the command; `serve` ends with 0. */
  terminated: 143,
} as const;

/** The exit code for an error: 1, a bug, unless it is a `GrpcStreamError`. */
export function exitCodeOf(thrown: unknown): number {
  const error = machineFailure(thrown) ?? thrown;
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
  process.stderr.write(`${describe(machineFailure(error) ?? error, verbose).join('\n')}\n`);
}

/** What the machine does not allow, and Node reports as the failure of any file, or of a package that it cannot look up. */
function machineFailure(error: unknown): EnvironmentError | undefined {
  if (!(error instanceof Error) || error instanceof GrpcStreamError) return undefined;
  const { code, syscall }: NodeJS.ErrnoException = error;
  if (code === 'ENOENT' && syscall === 'uv_cwd') {
    return new EnvironmentError(
      'cli.no_folder',
      'the folder that this command was started in does not exist any more',
      {
        cause: error,
        nextActions: ['change into a folder that exists, and run the command again'],
      },
    );
  }
  const isTooMany = code === 'EMFILE' || code === 'ENFILE';
  const limit = isTooMany || code === 'ERR_MODULE_NOT_FOUND' ? openFileLimit() : undefined;
  if (!isTooMany && !(limit !== undefined && limit < ENOUGH_OPEN_FILES)) return undefined;
  const most = limit === undefined ? '' : `: it may open ${limit} at a time`;
  return new EnvironmentError('cli.open_files', `this process cannot open more files${most}`, {
    cause: error,
    nextActions: [`raise the limit, such as with \`ulimit -n ${ENOUGH_OPEN_FILES}\`, and run the command again`],
  });
}

/** Node opens many files at a time while it loads packages, and each connection is one. */
const ENOUGH_OPEN_FILES = 1024;

/** How many files a process may open; undefined where that is not known, as on Windows. */
function openFileLimit(): number | undefined {
  // Looking up the names of network addresses would take seconds.
  Object.assign(process.report ?? {}, { excludeNetwork: true });
  const report: { readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } } } =
    process.report?.getReport() ?? {};
  const soft = Number(report.userLimits?.open_files?.soft);
  return Number.isFinite(soft) ? soft : undefined;
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
