import { EnvironmentError, messageOf } from '../errors/index.js';
import { ExitCode } from './exit-codes.js';
import { printError } from './print-error.js';

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
