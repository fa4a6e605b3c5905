import { styleText } from 'node:util';
import { EnvironmentError, GrpcStreamError, messageOf, SchemaError } from '../errors/index.js';
import { ExitCode } from './exit-codes.js';

/** Prints what happened, why, and what to do next, on stderr; the stack only when asked for, or for a bug of ours. */
export function printError(error: unknown, { verbose }: { readonly verbose: boolean }): void {
  process.stderr.write(`${describe(error, verbose).join('\n')}\n`);
}

function describe(error: unknown, verbose: boolean): string[] {
  if (error instanceof GrpcStreamError) {
    return [
      `${red('error')} ${at(error)}${error.message}`,
      ...error.nextActions.map((action) => `  → ${action}`),
      ...(verbose ? stackOf(error) : []),
    ];
  }
  const message = error instanceof Error ? error.message : String(error);
  return [
    `${red('bug')} ${message}`,
    '  → this is a mistake in grpc-stream, not in your project; please report it with the output of --verbose',
    ...(verbose ? stackOf(error) : []),
  ];
}

function at(error: GrpcStreamError): string {
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

/** Ends the process when stdout cannot be written, and says why: what was left out of the output must not look like all of it. */
export function guardOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads may stop reading: `grpc-stream … | head` is no error.
    if (error.code === 'EPIPE') process.exit(ExitCode.ok);
    printError(unwritable(error), { verbose: process.argv.includes('--verbose') });
    process.exit(ExitCode.environment);
  });
  // What nobody reads any more is for nobody; a server goes on without.
  process.stderr.on('error', () => {});
}

function unwritable(cause: NodeJS.ErrnoException): EnvironmentError {
  const why = cause.code === 'ENOSPC' ? 'the disk is full' : messageOf(cause);
  return new EnvironmentError('cli.stdout', `the output cannot be written, and is not complete: ${why}`, {
    cause,
    nextActions: ['make room where it goes, and run the command again'],
  });
}
